import { withoutUndefined } from '../../configuration/options.ts'
import { TokenIssueError } from '../../errors.ts'
import { certificateThumbprint, pemOctets, readCertificate } from '../../keys/certificate.ts'

/** What a token is bound to. Only a client that proves possession of its key can use the token. */
export interface TokenBinding {
  /** The certificate that the client uses for TLS, in PEM or DER: RFC 8705 §3. */
  certificate?: string | Uint8Array
  /** The RFC 7638 thumbprint of the client's DPoP key, with SHA-256: RFC 9449 §6.1. */
  jkt?: string
}

/** For each member of a binding, the member of `cnf` (RFC 7800 §3.1) and its value. */
const confirmations: Readonly<Record<string, readonly [member: string, valueOf: (given: unknown) => string]>> = {
  certificate: ['x5t#S256', thumbprintOf],
  jkt: ['jkt', jwkThumbprint],
}

/**
 * Returns the `cnf` claim for a binding, or undefined for none.
 *
 * @throws TokenIssueError if the binding is empty, has an unknown member, or names something that cannot be read
 */
export function confirmationOf(binding: TokenBinding | undefined): Readonly<Record<string, string>> | undefined {
  if (binding === undefined) return undefined
  const entries: readonly [string, unknown][] = Object.entries(withoutUndefined(Object(binding) as object))
  if (entries.length === 0) throw new TokenIssueError('`boundTo` must name what the token is bound to')
  return Object.fromEntries(entries.map(([name, given]) => confirmation(name, given)))
}

function confirmation(name: string, given: unknown): readonly [member: string, value: string] {
  const [member, valueOf] = (Object.hasOwn(confirmations, name) && confirmations[name]) || []
  if (member === undefined || valueOf === undefined) throw new TokenIssueError(`\`boundTo\`: \`${name}\` is unknown`)
  return [member, valueOf(given)]
}

function thumbprintOf(given: unknown): string {
  const der = typeof given === 'string' ? pemOctets(given.trim()) : given
  if (der instanceof Uint8Array && readCertificate(der) !== undefined) return certificateThumbprint(der)
  throw new TokenIssueError('`boundTo`: `certificate` must be one X.509 certificate, in PEM or DER')
}

function jwkThumbprint(given: unknown): string {
  if (typeof given === 'string' && /^[\w-]{43}$/.test(given)) return given
  throw new TokenIssueError('`boundTo`: `jkt` must be a JWK thumbprint: SHA-256 in base64url, 43 characters')
}
