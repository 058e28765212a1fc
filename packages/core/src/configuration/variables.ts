/** The environment variables that stand in for options which code leaves out. */
export const variables = {
  issuer: 'BEARERKIT_ISSUER',
  audience: 'BEARERKIT_AUDIENCE',
  jwksUrl: 'BEARERKIT_JWKS_URL',
} as const
