import type { RevocableClaims, TokensToRevoke } from '@bearerkit/core'

export const iss = 'https://issuer.example.com'

/** The lifetime of the tokens. */
export const longestTokenLifetime = '1d'

const kinds = ['jti', 'sid', 'sub', 'client_id'] as const

/**
 * The revocation of this number: of each kind, for one issuer and for all. With all of them in a table, a check searches eight
 * times, which is the most.
 */
export function revocation(number: number): TokensToRevoke {
  const kind = kinds[number % kinds.length] ?? 'jti'
  const isForOneIssuer = Math.floor(number / kinds.length) % 2 === 0
  return { [kind]: nameOf(kind, number), ...(isForOneIssuer && { iss }) } as unknown as TokensToRevoke
}

/** The claims of a token to which the revocation of this number applies, if there is one. Parsed, as those of a token are. */
export function claimsOf(number: number): RevocableClaims {
  const names = kinds.map((kind) => [kind, nameOf(kind, number)])
  const claims = { iss, iat: Math.floor(Date.now() / 1000) - 3600, ...Object.fromEntries(names) }
  return JSON.parse(JSON.stringify(claims)) as RevocableClaims
}

/** As long as the identifiers of most issuers. */
function nameOf(kind: string, number: number): string {
  return `${kind}-${String(number).padStart(12, '0')}-4f1e9d6c`
}
