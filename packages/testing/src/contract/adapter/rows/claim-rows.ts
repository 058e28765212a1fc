import { type Outcome, outcomes } from '../outcomes.ts'
import { forged, type StatusRow } from '../status-row.ts'

const { passes, expired, invalid } = outcomes

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow
}

/** Sets a claim to JSON text that JSON.stringify cannot produce. */
function writing(claim: string, json: string): { payload: (text: string) => string } {
  return {
    payload: (text) => text.replace(new RegExp(`,"${claim}":[^,}]+`), '').replace(/\}$/, `,"${claim}":${json}}`),
  }
}

type ClaimCase = readonly [title: string, claims: () => Readonly<Record<string, unknown>>, outcome: Outcome]

/** RFC 7519 §4.1: values of the registered claims. The issuer signed all of the tokens. */
const claimCases: readonly ClaimCase[] = [
  ['no `iss`', () => ({ iss: undefined }), invalid],
  ['an `iss` with an additional slash', () => ({ iss: 'http://127.0.0.1/' }), invalid],
  ['an `iss` that is a list', () => ({ iss: ['http://127.0.0.1'] }), invalid],
  ['no `aud`', () => ({ aud: undefined }), invalid],
  ['another `aud`', () => ({ aud: 'https://other.example' }), invalid],
  ['an `aud` that differs by a slash', () => ({ aud: 'https://api.example.com/' }), invalid],
  ['an `aud` that differs in case', () => ({ aud: 'https://API.example.com' }), invalid],
  ['the right `aud` among others', () => ({ aud: ['https://other.example', 'https://api.example.com'] }), passes],
  ['an `aud` list with a number in it', () => ({ aud: ['https://api.example.com', 5] }), invalid],
  ['an empty list as `aud`', () => ({ aud: [] }), invalid],
  ['no `exp`', () => ({ exp: undefined }), invalid],
  ['an `exp` of null', () => ({ exp: null }), invalid],
  ['an `exp` that is a string', () => ({ exp: String(seconds(60)) }), invalid],
  ['an `exp` in the past', () => ({ exp: seconds(-60) }), expired],
  ['an `exp` of zero', () => ({ exp: 0 }), expired],
  ['a negative `exp`', () => ({ exp: -1 }), expired],
  ['an `exp` in the past, within the tolerance', () => ({ exp: seconds(-2) }), passes],
  ['an `exp` with a fraction', () => ({ exp: seconds(60) + 0.5 }), passes],
  ['an `nbf` in the future', () => ({ nbf: seconds(60) }), invalid],
  ['an `nbf` in the future, within the tolerance', () => ({ nbf: seconds(3) }), passes],
  ['an `nbf` with a fraction', () => ({ nbf: seconds(-60) + 0.5 }), passes],
  ['an `nbf` that is a string', () => ({ nbf: '0' }), invalid],
  ['an `iat` in the future', () => ({ iat: seconds(60) }), invalid],
  ['an `iat` in the future, within the tolerance', () => ({ iat: seconds(3) }), passes],
  ['an `iat` that is true', () => ({ iat: true }), invalid],
  ['a `sub` that is a number', () => ({ sub: 5 }), invalid],
  ['a `jti` that is a list', () => ({ jti: ['a'] }), invalid],
  ['a `cnf` with a DPoP thumbprint', () => ({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }), invalid],
  [
    'a `cnf` with a certificate thumbprint',
    () => ({ cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc0' } }),
    invalid,
  ],
  ['a `cnf` of an unknown kind', () => ({ cnf: { kid: 'a' } }), invalid],
  ['an empty `cnf`', () => ({ cnf: {} }), invalid],
  ['a `cnf` of null', () => ({ cnf: null }), invalid],
]

const textCases: readonly (readonly [
  title: string,
  change: { payload: (text: string) => string },
  outcome: Outcome,
])[] = [
  ['an `exp` of 1e400', writing('exp', '1e400'), invalid],
  ['an `nbf` of -1e400', writing('nbf', '-1e400'), invalid],
  ['an `iat` of -1e400', writing('iat', '-1e400'), invalid],
  ['two `exp` members, the last one in the past', { payload: (text) => text.replace(/\}$/, ',"exp":1}') }, expired],
  ['two `exp` members, the first one in the past', { payload: (text) => text.replace(/^\{/, '{"exp":1,') }, passes],
  ['two `aud` members, the last one wrong', { payload: (text) => text.replace(/\}$/, ',"aud":"x"}') }, invalid],
  ['two `iss` members, the last one wrong', { payload: (text) => text.replace(/\}$/, ',"iss":"x"}') }, invalid],
  ['claims that are a list', { payload: (text) => `[${text}]` }, invalid],
  ['claims that are null', { payload: () => 'null' }, invalid],
  ['claims that are not JSON', { payload: () => '{' }, invalid],
  ['claims nested 40 levels deep', writing('deep', `${'['.repeat(40)}${']'.repeat(40)}`), invalid],
]

export const claimRows: readonly StatusRow[] = [
  ...claimCases.map(([title, claims, outcome]): StatusRow => {
    return { title: `a token with ${title}`, request: (cast) => forged({ claims: claims() })(cast), ...outcome }
  }),
  ...textCases.map(([title, change, outcome]): StatusRow => {
    return { title: `a token with ${title}`, request: forged(change), ...outcome }
  }),
]
