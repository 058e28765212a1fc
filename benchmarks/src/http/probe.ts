/**
 * Sends a good and a tampered token. The speed of a server that confuses the two is meaningless.
 *
 * @returns the fault, or undefined
 */
export async function faultOf(url: string, good: string): Promise<string | undefined> {
  for (const { what, token, status } of [
    { what: 'a good token', token: good, status: 200 },
    { what: 'a tampered token', token: tampered(good), status: 401 },
    // Again, for servers that cache tokens.
    { what: 'a good token seen before', token: good, status: 200 },
    { what: 'a tampered token seen before', token: tampered(good), status: 401 },
  ]) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    if (answer.status !== status) return `answers ${answer.status} to ${what}`
  }
  return undefined
}

/** Returns a token with the same header and signature but the claims of another subject. */
function tampered(token: string): string {
  const [header, claims = '', signature] = token.split('.')
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), sub: 'admin' }
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
}
