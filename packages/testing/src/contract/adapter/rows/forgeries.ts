import type { TestIssuer } from '../../../issuer/test-issuer.ts'

/** Tokens that are refused without a fetch: before a key is looked up, or because of their claims. */
export const forgeries: Readonly<Record<string, (issuer: TestIssuer) => Promise<string>>> = {
  '`alg: none`': ({ forged }) => forged.algNone(),
  'an HS256 signature keyed with the public key': ({ forged }) => forged.hs256WithPublicKey(),
  'an unknown `crit`': ({ forged }) => forged.unknownCrit(),
  'five parts': ({ forged }) => forged.fiveParts(),
  '20 KB of random text': ({ forged }) => forged.junk(20_000),
  'a line break and a snowman in `alg`': ({ forged }) => forged.hostileAlg(),
  'a second encoding of the signature': ({ forged }) => forged.nonCanonicalSignature(),
  'another `typ`': ({ forged }) => forged.wrongTyp(),
  'another issuer': ({ forged }) => forged.wrongIssuer(),
  'another audience': ({ forged }) => forged.wrongAudience(),
  'no `exp`': ({ forged }) => forged.missingExp(),
  '`exp: 1e400`': ({ forged }) => forged.infiniteExp(),
  '`nbf` in the future': ({ forged }) => forged.notYetValid(),
  'a `cnf`': ({ forged }) => forged.boundToKey(),
  'an empty signature': ({ forge }) => forge({ compact: (token) => token.replace(/[^.]+$/, '') }),
  'a signature with padding': ({ forge }) => forge({ compact: (token) => `${token}==` }),
  'two parts': ({ forge }) => forge({ compact: (token) => token.replace(/\.[^.]+$/, '') }),
}

/**
 * Tokens that name a published key whose signature they do not have. The key may have been replaced under the same kid, so
 * the JWKS may be fetched once.
 */
export const foreignSignatures: Readonly<Record<string, (issuer: TestIssuer) => Promise<string>>> = {
  'an embedded `jwk`': ({ forged }) => forged.embeddedJwk(),
  'a `jku`': ({ forged, jwksUrl }) => forged.jku(jwksUrl),
  'an `x5c`': ({ forged }) => forged.x5c(),
  'a signature by another key': ({ forged }) => forged.wrongKey(),
  'a flipped bit in the signature': ({ forged }) => forged.flippedSignatureBit(),
  'claims that were changed after signing': ({ forged }) => forged.tamperedPayload(),
  'a signature without its last octet': ({ forge }) => forge({ compact: (token) => token.slice(0, -2) }),
}
