import type { IssueClaims } from '@bearerkit/core'
import type { DpopClient, ForgedTokens, TestIssuer } from '@bearerkit/testing'

/** What somebody asks for on the page. */
export interface TokenWish {
  readonly claims: IssueClaims
  /** Additional header parameters. Only for a token that is changed by hand. */
  readonly header: Readonly<Record<string, unknown>>
  readonly audience: string
  /** A duration such as `'10m'`. */
  readonly expiresIn: string
}

/** A kind of token that the page offers. */
export interface TokenKind {
  readonly name: string
  readonly group: 'Good' | 'By hand' | 'Forged'
  readonly label: string
  /** The parts of the wish that count. */
  readonly uses: readonly (keyof TokenWish)[]
  readonly make: (issuer: TestIssuer, wish: TokenWish, client: DpopClient) => Promise<string>
}

const claims = ['claims', 'audience', 'expiresIn'] as const

const good: readonly TokenKind[] = [
  {
    name: 'good',
    group: 'Good',
    label: 'Access token',
    uses: claims,
    make: (issuer, wish) => issuer.issue(wish.claims, optionsOf(wish)),
  },
  {
    name: 'dpop',
    group: 'Good',
    label: 'Bound to a DPoP key, with a proof',
    uses: claims,
    make: (issuer, wish, { jkt }) => issuer.issue(wish.claims, { ...optionsOf(wish), boundTo: { jkt } }),
  },
  {
    name: 'opaque',
    group: 'Good',
    label: 'Opaque token',
    uses: claims,
    make: (issuer, wish) => issuer.issueOpaque(wish.claims, optionsOf(wish)),
  },
]

const forgedLabels: Readonly<Record<keyof ForgedTokens, string>> = {
  expired: 'Expired an hour ago',
  notYetValid: 'Not valid for another hour',
  wrongAudience: 'For another audience',
  wrongIssuer: 'From another issuer',
  wrongKey: 'Signed with another key',
  unknownKid: 'An unknown kid',
  wrongTyp: 'Another type: a logout token',
  missingExp: 'Without exp',
  infiniteExp: 'exp is infinite',
  tamperedPayload: 'Claims changed after signing',
  flippedSignatureBit: 'One bit of the signature is wrong',
  nonCanonicalSignature: 'The signature in a second encoding',
  algNone: 'alg is none, no signature',
  hs256WithPublicKey: 'HS256, with the public key as the secret',
  embeddedJwk: 'Brings its own key (jwk)',
  jku: 'Names a URL for its key (jku)',
  x5c: 'Brings its own certificate (x5c)',
  unknownCrit: 'A critical extension that nobody knows',
  hostileAlg: 'A line break in alg',
  fiveParts: 'Five segments, like a JWE',
  boundToKey: 'Bound to a key that you do not have',
  junk: 'Not a token at all',
}

/** The forgeries that need an argument. */
const special: {
  readonly [Name in keyof ForgedTokens]?: (forged: ForgedTokens, issuer: TestIssuer) => Promise<string>
} = {
  jku: (forged, { issuer }) => forged.jku(`${issuer}/attacker/jwks.json`),
  junk: (forged) => forged.junk(200),
}

const forged = (Object.entries(forgedLabels) as [keyof ForgedTokens, string][]).map(([name, label]): TokenKind => {
  const make = special[name] ?? ((tokens) => (tokens[name] as () => Promise<string>)())
  return { name, group: 'Forged', label, uses: [], make: (issuer) => make(issuer.forged, issuer) }
})

const byHand: TokenKind = {
  name: 'byHand',
  group: 'By hand',
  label: 'Header and claims by hand',
  uses: ['claims', 'header'],
  make: (issuer, { header, claims: changes }) => {
    return issuer.forge({ header: withoutNulls(header), claims: withoutNulls(changes) })
  },
}

export const tokenKinds: readonly TokenKind[] = [...good, byHand, ...forged]

function optionsOf({ audience, expiresIn }: TokenWish): { audience: string; expiresIn: `${number}s` } {
  return { audience, expiresIn: expiresIn as `${number}s` }
}

/** JSON has no undefined, so null says that a member is to be removed. */
function withoutNulls(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? undefined]))
}
