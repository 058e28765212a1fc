/** Changes the claims of a token and keeps the header and the signature. */
export function tampered(token: string): string {
  const [header, payload, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
  return [header, forged, signature].join('.')
}
