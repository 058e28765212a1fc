import type { AccessTokenClaims } from '@bearerkit/core'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
    mode: 'optional'
  }
}
