/** Makes a token with this header and these claims. Its signature is no signature. */
export function unsigned(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
  signature = 'AAAA',
): string {
  const segments = [{ alg: 'ES256', typ: 'at+jwt', kid: 'test.1', ...header }, claims].map(segmentOf)
  return [...segments, signature].join('.')
}

/** 2026-01-01T00:00:00Z, in seconds since the epoch. */
export const newYear = 1_767_225_600

/** The claims of a token that was issued a minute before {@link newYear}, for ten minutes. */
export const goodClaims = {
  iss: 'https://issuer.example.com',
  aud: 'https://api.example.com',
  sub: 'user-1',
  client_id: 'portal',
  scope: 'reports:read',
  iat: newYear - 60,
  exp: newYear + 540,
} as const

export const newYearClock = { now: (): number => newYear * 1000 }

function segmentOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
