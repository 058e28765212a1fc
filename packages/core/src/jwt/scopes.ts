/**
 * The scopes of a token: `scope` (RFC 6749 §3.3, a string with spaces), or `scp`, as string or array.
 * A value of any other shape grants nothing.
 */
export function scopesOf(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const granted = claims['scope'] ?? claims['scp']
  if (typeof granted === 'string') return Object.freeze(granted.split(' ').filter((scope) => scope !== ''))
  if (!Array.isArray(granted)) return Object.freeze([])
  return Object.freeze(granted.filter((scope): scope is string => typeof scope === 'string' && scope !== ''))
}
