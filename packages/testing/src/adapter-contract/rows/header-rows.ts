import { type Outcome, outcomes } from '../outcomes.ts'
import { forged, type StatusRow } from '../status-row.ts'

const { passes, invalid } = outcomes

type HeaderCase = readonly [title: string, header: Readonly<Record<string, unknown>>, outcome: Outcome]

const lineBreak = 'x\r\nSet-Cookie: forged=1'

/** RFC 7515 §4.1, RFC 8725 §3: what the header may say. All are signed by the issuer. */
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
  ['the `alg` none, and a signature', { alg: 'none' }, invalid],
  ['the `alg` in lower case', { alg: 'es256' }, invalid],
  ['an `alg` that the key is not for', { alg: 'RS256' }, invalid],
  ['an `alg` for another curve', { alg: 'ES384' }, invalid],
  ['an `alg` that is accepted only by name', { alg: 'ES256K' }, invalid],
  ['an `alg` that nobody knows', { alg: 'ES257' }, invalid],
  ['an `alg` that every object has', { alg: 'constructor' }, invalid],
  ['an `alg` that is a list', { alg: ['ES256'] }, invalid],
  ['an `alg` with a line break', { alg: lineBreak }, invalid],
  ['an `alg` that looks like ours and is not Latin', { alg: 'ЕS256' }, invalid],
  ['no `kid`, where exactly one key fits', { kid: undefined }, passes],
  ['an empty `kid`', { kid: '' }, invalid],
  ['a `kid` that is a number', { kid: 1 }, invalid],
  ['a `kid` that is null', { kid: null }, invalid],
  ['a `kid` that is a path', { kid: '../../../etc/passwd' }, invalid],
  ['a `kid` that is a query', { kid: "' OR '1'='1" }, invalid],
  ['a `kid` that every object has', { kid: '__proto__' }, invalid],
  ['a `kid` with a line break', { kid: lineBreak }, invalid],
  ['a `kid` of 8,000 characters', { kid: 'k'.repeat(8000) }, invalid],
  ['a `crit`', { crit: ['exp'], exp: 1 }, invalid],
  ['an empty `crit`', { crit: [] }, invalid],
  ['a `crit` with a line break', { crit: [lineBreak] }, invalid],
  ['`b64: false`, as RFC 7797 has it', { b64: false, crit: ['b64'] }, invalid],
  ['`b64: false` alone', { b64: false }, invalid],
  ['an embedded `jwk` that counts for nothing', { jwk: { kty: 'oct', k: 'AAAA' } }, passes],
  ['a `jku` that is not looked at', { jku: 'https://attacker.example/jwks' }, passes],
  ['an `x5u` that is not looked at', { x5u: 'https://attacker.example/x5u' }, passes],
  ['an `x5c` that counts for nothing', { x5c: ['AAAA'] }, passes],
]

export const headerRows: readonly StatusRow[] = headerCases.map(([title, header, outcome]) => {
  return { title, request: forged({ header }), ...outcome }
})
