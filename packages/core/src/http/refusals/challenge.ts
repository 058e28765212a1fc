/** The parameters of one challenge. Undefined ones are omitted. */
export type ChallengeParameters = Readonly<Record<string, string | undefined>>

/**
 * Builds one challenge of a `WWW-Authenticate` header: RFC 9110 §11.6.1, RFC 6750 §3.
 * The result is always a legal header value.
 */
export function challenge(scheme: string, parameters: ChallengeParameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `${scheme} ${given.map(([name, value]) => `${name}="${quotable(value)}"`).join(', ')}`
}

/** RFC 6750 §3: printable ASCII without `"` and `\`. Anything else is replaced: Node throws on an illegal header. */
function quotable(value: string): string {
  return value.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
