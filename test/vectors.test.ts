import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalKeyProvider, TokenVerifier } from '@bearerkit/core'
import type { JWK } from 'jose'
import { isSignedBy } from '../packages/core/src/jwt/jws/signature.ts'
import type { VerificationKey, VerificationKeys } from '../packages/core/src/keys/key-roles.ts'
import { KeySet } from '../packages/core/src/keys/remote/sets/key-set.ts'
import { signedPartsOf } from '../packages/core/test/support/signed.ts'

/** A published JWS and the expected results. */
interface Vector {
  readonly title: string
  readonly alg: string
  readonly key?: JWK
  readonly jws: string
  /** `valid`: the signature verifies, and a changed one does not. `none`: there is no signature to verify. */
  readonly signature: 'valid' | 'none'
  /** The result as a bearer token: `accepted`, or the code of the refusal. */
  readonly token: string
  readonly claims?: object
  readonly note?: string
}

interface ThumbprintVector {
  readonly title: string
  readonly alg: string
  readonly key: JWK
  readonly thumbprint: string
}

function vectors(file: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, 'vectors', file), 'utf8'))
}

const published = ['rfc7515.json', 'rfc7520.json', 'rfc8037.json'].flatMap((file) => vectors(file) as Vector[])
const thumbprints = vectors('rfc7638.json') as ThumbprintVector[]
const signed = published.filter(({ signature }) => signature === 'valid')

/** The examples of RFC 7515 expire at 1300819380. */
const clock = { now: () => 1_300_819_379_000 }

async function localKeys({ alg, key }: Pick<Vector, 'alg' | 'key'>): Promise<LocalKeyProvider> {
  const keys = new LocalKeyProvider({ clock })
  if (key !== undefined) await keys.importKey({ alg }, key)
  return keys
}

async function keyIn(keys: VerificationKeys, alg: string): Promise<VerificationKey> {
  const [key] = await keys.verificationKeys({ alg })
  if (key === undefined) throw new Error('the key was not imported')
  return key
}

/** Changes the first character of the signature: unlike in the last one, all of its bits are significant. */
function withAnotherSignature(jws: string): string {
  const start = jws.lastIndexOf('.') + 1
  return `${jws.slice(0, start)}${jws[start] === 'A' ? 'B' : 'A'}${jws.slice(start + 1)}`
}

describe('published signatures', () => {
  test.each(signed)('$title: verify with the imported key', async (vector) => {
    const key = await keyIn(await localKeys(vector), vector.alg)
    expect(await isSignedBy(signedPartsOf(vector.jws), vector.alg, key)).toBe(true)
    expect(await isSignedBy(signedPartsOf(withAnotherSignature(vector.jws)), vector.alg, key)).toBe(false)
  })

  test.each(signed.filter(({ key }) => key?.kty !== 'oct'))(
    '$title: verify with the key from a JWKS',
    async (vector) => {
      const set = await KeySet.read({ keys: [vector.key] }, 'vectors')
      const [key] = set.matching({ alg: vector.alg })
      expect(key && (await isSignedBy(signedPartsOf(vector.jws), vector.alg, key))).toBe(true)
      expect(key && (await isSignedBy(signedPartsOf(withAnotherSignature(vector.jws)), vector.alg, key))).toBe(false)
    },
  )
})

describe('published examples as bearer tokens', () => {
  test.each(published)('$title: $token', async (vector) => {
    const keys = await localKeys(vector)
    const algorithms = vector.alg === 'none' ? undefined : [vector.alg]
    const verifier = new TokenVerifier({ issuer: 'joe', audience: null, keys, algorithms, clock })
    const outcome = await verifier.verify(vector.jws).catch((error: unknown) => error)
    expect(outcome).toMatchObject(
      vector.token === 'accepted' ? { claims: vector.claims } : { name: 'TokenError', code: vector.token },
    )
  })

  test('an unsecured JWS with a signature is refused for its algorithm', async () => {
    const unsecured = published.find(({ alg }) => alg === 'none')
    const verifier = new TokenVerifier({ issuer: 'joe', audience: null, keys: new LocalKeyProvider(), clock })
    await expect(verifier.verify(`${unsecured?.jws}AAAA`)).rejects.toMatchObject({ code: 'algorithm_not_accepted' })
  })
})

describe('published thumbprints', () => {
  test.each(thumbprints)('$title', async ({ alg, key, thumbprint }) => {
    const { kid: _kid, ...unnamed } = key
    const imported = await new LocalKeyProvider().importKey({ alg }, unnamed)
    expect(imported).toMatchObject({ fingerprint: thumbprint, kid: thumbprint })
    const [fetched] = (await KeySet.read({ keys: [key] }, 'vectors')).keys
    expect(fetched?.thumbprint).toBe(thumbprint)
  })
})
