import type { TestIssuer } from '../../test-issuer.ts'

/** Tokens that are wrong before any key is looked for, or for every key there is: refused, and nothing is fetched. */
export const forgeries: Readonly<Record<string, (issuer: TestIssuer) => Promise<string>>> = {
  '`alg: none`': ({ forged }) => forged.algNone(),
  'HS256, signed with the public key': ({ forged }) => forged.hs256WithPublicKey(),
  'an embedded `jwk`': ({ forged }) => forged.embeddedJwk(),
  'a `jku`': ({ forged, jwksUrl }) => forged.jku(jwksUrl),
  'an `x5c`': ({ forged }) => forged.x5c(),
  'an unknown `crit`': ({ forged }) => forged.unknownCrit(),
  'five parts': ({ forged }) => forged.fiveParts(),
  '20 KB of junk': ({ forged }) => forged.junk(20_000),
  'a line break and a snowman in `alg`': ({ forged }) => forged.hostileAlg(),
  'another key': ({ forged }) => forged.wrongKey(),
  'a flipped bit in the signature': ({ forged }) => forged.flippedSignatureBit(),
  'a second spelling of the signature': ({ forged }) => forged.nonCanonicalSignature(),
  'other claims than were signed': ({ forged }) => forged.tamperedPayload(),
  'another `typ`': ({ forged }) => forged.wrongTyp(),
  'another issuer': ({ forged }) => forged.wrongIssuer(),
  'another audience': ({ forged }) => forged.wrongAudience(),
  'no `exp`': ({ forged }) => forged.missingExp(),
  '`exp: 1e400`': ({ forged }) => forged.infiniteExp(),
  '`nbf` in the future': ({ forged }) => forged.notYetValid(),
  'a `cnf`': ({ forged }) => forged.boundToKey(),
  'a signature without its last octet': ({ forge }) => forge({ compact: (token) => token.slice(0, -2) }),
  'an empty signature': ({ forge }) => forge({ compact: (token) => token.replace(/[^.]+$/, '') }),
  'a signature with padding': ({ forge }) => forge({ compact: (token) => `${token}==` }),
  'two parts': ({ forge }) => forge({ compact: (token) => token.replace(/\.[^.]+$/, '') }),
}
