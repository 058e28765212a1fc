import { type Outcome, outcomes } from '../outcomes.ts'
import { forged, type StatusRow } from '../status-row.ts'

const { passes, invalid } = outcomes

type HeaderCase = readonly [title: string, header: Readonly<Record<string, unknown>>, outcome: Outcome]

const lineBreak = 'x\r\nSet-Cookie: forged=1'

/** RFC 7515 §4.1, RFC 8725 §3: values of the header parameters. The issuer signed all of the tokens. */
const headerCases: readonly HeaderCase[] = [
  ['no `typ`', { typ: undefined }, passes],
  ['the `typ` JWT', { typ: 'JWT' }, passes],
  ['the `typ` AT+JWT in upper case', { typ: 'AT+JWT' }, passes],
  ['the `typ` application/at+jwt', { typ: 'application/at+jwt' }, passes],
  ['the `typ` of a logout token', { typ: 'logout+jwt' }, invalid],
  ['the `typ` of a DPoP proof', { typ: 'dpop+jwt' }, invalid],
  ['the `typ` of a security event', { typ: 'secevent+jwt' }, invalid],
  ['the `typ` of an entity statement', { typ: 'entity-statement+jwt' }, invalid],
  ['the `typ` of a status list', { typ: 'application/statuslist+jwt' }, invalid],
  ['an empty `typ`', { typ: '' }, invalid],
  ['a `typ` that is a list', { typ: ['at+jwt'] }, invalid],
  ['a `typ` with a line break', { typ: lineBreak }, invalid],
  ['no `alg`', { alg: undefined }, invalid],
  ['the `alg` none and a signature', { alg: 'none' }, invalid],
  ['the `alg` in lower case', { alg: 'es256' }, invalid],
  ['an `alg` that does not fit the key', { alg: 'RS256' }, invalid],
  ['an `alg` for another curve', { alg: 'ES384' }, invalid],
  ['an `alg` that is accepted only if `algorithms` lists it', { alg: 'ES256K' }, invalid],
  ['an unknown `alg`', { alg: 'ES257' }, invalid],
  ['an `alg` that is a property of every object', { alg: 'constructor' }, invalid],
  ['an `alg` that is a list', { alg: ['ES256'] }, invalid],
  ['an `alg` with a line break', { alg: lineBreak }, invalid],
  ['an `alg` that looks like ES256 but starts with a Cyrillic letter', { alg: 'ЕS256' }, invalid],
  ['no `kid` if exactly one key fits', { kid: undefined }, passes],
  ['an empty `kid`', { kid: '' }, invalid],
  ['a `kid` that is a number', { kid: 1 }, invalid],
  ['a `kid` that is null', { kid: null }, invalid],
  ['a `kid` that is a path', { kid: '../../../etc/passwd' }, invalid],
  ['a `kid` that is a query', { kid: "' OR '1'='1" }, invalid],
  ['a `kid` that is a property of every object', { kid: '__proto__' }, invalid],
  ['a `kid` with a line break', { kid: lineBreak }, invalid],
  ['a `kid` of 8,000 characters', { kid: 'k'.repeat(8000) }, invalid],
  ['a `crit`', { crit: ['exp'], exp: 1 }, invalid],
  ['an empty `crit`', { crit: [] }, invalid],
  ['a `crit` with a line break', { crit: [lineBreak] }, invalid],
  ['`b64: false` and `crit` (RFC 7797)', { b64: false, crit: ['b64'] }, invalid],
  ['`b64: false` without `crit`', { b64: false }, invalid],
  ['an embedded `jwk`, which is ignored', { jwk: { kty: 'oct', k: 'AAAA' } }, passes],
  ['a `jku`, which is ignored', { jku: 'https://attacker.example/jwks' }, passes],
  ['an `x5u`, which is ignored', { x5u: 'https://attacker.example/x5u' }, passes],
  ['an `x5c`, which is ignored', { x5c: ['AAAA'] }, passes],
]

export const headerRows: readonly StatusRow[] = headerCases.map(([title, header, outcome]) => {
  return { title: `a token with ${title}`, request: forged({ header }), ...outcome }
})
