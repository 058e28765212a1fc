import { createPrivateKey, createPublicKey, getCurves, randomInt, sign, verify } from 'node:crypto'
import type { JWK } from 'jose'
import { KeyUseError, UnsupportedAlgorithmError } from '../../../src/errors.ts'
import { isSignedBy } from '../../../src/jwt/jws/signature.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { PublicKey } from '../../../src/keys/remote/sets/public-key.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ecPair, ForeignIssuer, issuer, jwksUrl, segment } from '../../support/foreign-issuer.ts'

const hasCurve = getCurves().includes('secp256k1')

const claims = { iss: issuer, aud: audience, exp: 10_000_000_000 }

interface Signer {
  readonly jwk: JWK
  signed(header?: object): string
}

/** RFC 8812 §3: ECDSA over secp256k1 with SHA-256. */
function signer(): Signer {
  const pair = ecPair('secp256k1')
  const key = createPrivateKey(pair.privatePem)
  return {
    jwk: { ...pair.publicJwk, kid: 'k' },
    signed(header = { alg: 'ES256K', kid: 'k' }) {
      const input = `${segment(header)}.${segment(claims)}`
      const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

function verifierOf(keys: unknown[], options: VerifierOptions = {}): TokenVerifier {
  const { fetch } = new FakeFetch({ [jwksUrl]: { keys } })
  return new TokenVerifier({ issuer, audience, jwksUrl, fetch, algorithms: ['ES256K'], ...options })
}

describe('a token signed with ES256K', () => {
  const own = signer()

  it.each<[string, object]>([
    ['without `alg`', {}],
    ['with `alg`', { alg: 'ES256K' }],
    ['that is private', { d: 'AAAA' }],
  ])('is accepted if `algorithms` names it, with a key %s', async (_, members) => {
    const token = own.signed()
    await expect(verifierOf([{ ...own.jwk, ...members }]).verify(token)).resolves.toMatchObject({ token })
  })

  it('is accepted among others', async () => {
    const other = new ForeignIssuer('other')
    const verifier = verifierOf([own.jwk, other.jwk], { algorithms: ['ES256', 'ES256K'] })
    for (const token of [own.signed(), other.sign(claims)])
      await expect(verifier.verify(token)).resolves.toMatchObject({ token })
  })

  it('is refused by default', async () => {
    const refused = verifierOf([own.jwk], { algorithms: undefined }).verify(own.signed())
    await expect(refused).rejects.toMatchObject({ code: 'algorithm_not_accepted' })
  })

  it.each<[string, JWK, object, string]>([
    ['with another key', signer().jwk, { alg: 'ES256K', kid: 'k' }, 'signature_invalid'],
    ['under the name of another curve', own.jwk, { alg: 'ES256', kid: 'k' }, 'key_unknown'],
    ['with a key of another curve', { ...ecPair().publicJwk, kid: 'k' }, { alg: 'ES256K', kid: 'k' }, 'key_unknown'],
    ['with a key for another algorithm', { ...own.jwk, alg: 'ES256' }, { alg: 'ES256K', kid: 'k' }, 'unavailable'],
  ])('is refused %s', async (_, jwk, header, code) => {
    const refused = verifierOf([jwk], { algorithms: ['ES256', 'ES256K'] }).verify(own.signed(header))
    const expected = code === 'unavailable' ? 'key_source_unavailable' : code
    await expect(refused).rejects.toMatchObject({ code: expected })
  })

  it('is verified like on the platform, with valid and mutated signatures', async () => {
    const publicKey = createPublicKey({ key: own.jwk, format: 'jwk' })
    const key = await PublicKey.admit(own.jwk)
    for (let tried = 0; tried < 200; tried += 1) {
      const [header, payload, signature = ''] = own.signed().split('.')
      const signingInput = Buffer.from(`${header}.${payload}`)
      const octets = Buffer.from(signature, 'base64url')
      if (tried % 2 === 1) octets[randomInt(64)] = randomInt(256)
      const theirs = verify('sha256', signingInput, { key: publicKey, dsaEncoding: 'ieee-p1363' }, octets)
      expect(await isSignedBy({ signingInput, signature: octets }, 'ES256K', key)).toBe(theirs)
    }
  })
})

describe('a key on secp256k1', () => {
  const { jwk } = signer()

  it('is published with its algorithm, and described without a CryptoKey', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: { keys: [jwk] } })
    const keys = new RemoteJwksKeyProvider({ jwksUrl, fetch })
    expect((await keys.jwks()).keys).toEqual([{ ...jwk, alg: 'ES256K', use: 'sig' }])
    const ref = await keys.getKey('k')
    expect([ref.alg, ref.curve, ref.publicKey]).toEqual(['ES256K', 'secp256k1', undefined])
    expect(() => ref.keyFor('verify')).toThrow(KeyUseError)
  })

  it.each<[string, object]>([
    ['off the curve', { y: jwk.x }],
    ['of another curve', ecPair().publicJwk],
    ['too short', { x: 'AAAA' }],
  ])('is skipped if its point is %s', async (_, members) => {
    await expect(PublicKey.admit({ ...jwk, ...members, crv: 'secp256k1' })).rejects.toThrow(/malformed/)
    // OpenSSL keeps errors, and the next call would report them.
    expect(() => createPrivateKey(ecPair().privatePem)).not.toThrow()
  })

  it('is refused as a local key, and the error names the algorithm', async () => {
    const keys = new LocalKeyProvider()
    for (const refused of [keys.createKey({ alg: 'ES256K' }), keys.importKey({ alg: 'ES256K' }, jwk)]) {
      await expect(refused).rejects.toThrow(UnsupportedAlgorithmError)
      await expect(refused).rejects.toThrow('alg: keys for ES256K can only be remote')
    }
  })

  it('has no CryptoKey', async () => {
    const key = await PublicKey.admit(jwk)
    await expect(Promise.resolve().then(() => key.cryptoKey('ES256K'))).rejects.toThrow(/malformed|cannot/)
  })
})

describe('supports()', () => {
  it('names ES256K for remote keys if the runtime has the curve', () => {
    expect(new RemoteJwksKeyProvider({ jwksUrl }).supports().algorithms.includes('ES256K')).toBe(hasCurve)
    expect(new LocalKeyProvider().supports().algorithms).not.toContain('ES256K')
  })
})
