import {
  algorithms,
  type EncryptionAlgorithm,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '../src/algorithms.ts'
import type { IssuerOptions } from '../src/jwt/issuers/issuer-options.ts'
import type { KeySpec } from '../src/keys/key-specification.ts'

/** All names of the types, for comparison with the table. The compiler reports a missing name. */
const signatureNames: Record<SignatureAlgorithm, true> = {
  HS256: true,
  HS384: true,
  HS512: true,
  RS256: true,
  RS384: true,
  RS512: true,
  PS256: true,
  PS384: true,
  PS512: true,
  ES256: true,
  ES384: true,
  ES512: true,
  ES256K: true,
  Ed25519: true,
  EdDSA: true,
  'ML-DSA-44': true,
  'ML-DSA-65': true,
  'ML-DSA-87': true,
}
const encryptionNames: Record<EncryptionAlgorithm, true> = {
  A128GCM: true,
  A192GCM: true,
  A256GCM: true,
  A128KW: true,
  A256KW: true,
  'RSA-OAEP': true,
  'RSA-OAEP-256': true,
  'ECDH-ES': true,
}

describe('the algorithm names that editors complete', () => {
  it('are the signature algorithms of the table', () => {
    expect(Object.keys(signatureNames).toSorted()).toEqual(signatureAlgorithms.toSorted())
  })

  it('are the encryption algorithms of the table', () => {
    const named = new Set(algorithms.filter(({ use }) => use === 'enc').map(({ alg }) => alg))
    expect(Object.keys(encryptionNames).toSorted()).toEqual([...named].toSorted())
  })

  it('are literals in the option types, which also accept any other string', () => {
    type Accepted = NonNullable<IssuerOptions['algorithms']>[number]
    const literals: [Extract<Accepted, 'ES256'>, Extract<KeySpec['alg'], 'A256GCM'>] = ['ES256', 'A256GCM']
    const configured: readonly Accepted[] = literals.map(String)
    expect(configured).toEqual(literals)
  })
})
