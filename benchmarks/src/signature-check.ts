import { type KeyObject, verify } from 'node:crypto'

export type CheckedAlgorithm = 'RS256' | 'ES256' | 'EdDSA'

/** Tells whether the signature of a token is valid. */
export type SignatureCheck = (token: string, done: (holds: boolean) => void) => void

/** Only node:crypto's `verify` in its callback form, which checks in the thread pool. */
export function signatureCheck(alg: CheckedAlgorithm, key: KeyObject): SignatureCheck {
  const { digest, verifyKey } = parametersOf(alg, key)
  return (token, done) => {
    const { input, signature } = partsOf(token)
    verify(digest, input, verifyKey, signature, (error, holds) => done(error === null && holds))
  }
}

/** The same on the main thread. */
export function inlineSignatureCheck(alg: CheckedAlgorithm, key: KeyObject): SignatureCheck {
  const { digest, verifyKey } = parametersOf(alg, key)
  return (token, done) => {
    const { input, signature } = partsOf(token)
    done(verify(digest, input, verifyKey, signature))
  }
}

interface Parameters {
  readonly digest: string | null
  readonly verifyKey: KeyObject | { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }
}

function parametersOf(alg: CheckedAlgorithm, key: KeyObject): Parameters {
  return {
    digest: alg === 'EdDSA' ? null : 'sha256',
    verifyKey: alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key,
  }
}

function partsOf(token: string): { readonly input: Buffer; readonly signature: Buffer } {
  const dot = token.lastIndexOf('.')
  return {
    input: Buffer.from(token.slice(0, dot), 'latin1'),
    signature: Buffer.from(token.slice(dot + 1), 'base64url'),
  }
}
