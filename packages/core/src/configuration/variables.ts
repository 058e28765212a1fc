/** The environment variables for options that the code does not set. */
export const variables = {
  issuer: 'BEARERKIT_ISSUER',
  audience: 'BEARERKIT_AUDIENCE',
  jwksUrl: 'BEARERKIT_JWKS_URL',
  encryptionKeys: 'BEARERKIT_ENCRYPTION_KEYS',
} as const
