import { type KeyObject, verify } from 'node:crypto'

/** Tells whether the signature of a token is valid. */
export type SignatureCheck = (token: string, done: (holds: boolean) => void) => void

/** The limit: only node:crypto's `verify` in its callback form. Both algorithms hash with SHA-256. */
export function signatureCheck(alg: 'RS256' | 'ES256', key: KeyObject): SignatureCheck {
  const verifyKey = alg === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key
  return (token, done) => {
    const dot = token.lastIndexOf('.')
    const input = Buffer.from(token.slice(0, dot), 'latin1')
    const signature = Buffer.from(token.slice(dot + 1), 'base64url')
    verify('sha256', input, verifyKey, signature, (error, holds) => done(error === null && holds))
  }
}
