/** The environment variables that stand in for options which code leaves out. */
export const variables = {
  issuer: 'BEARERKIT_ISSUER',
  audience: 'BEARERKIT_AUDIENCE',
  jwksUrl: 'BEARERKIT_JWKS_URL',
} as const

interface FromEnvironment {
  issuer?: unknown
  audience?: unknown
  jwksUrl?: unknown
  keys?: unknown
}

/**
 * Fills in what the code leaves out. Where the code names the issuer or the keys, it has decided where keys come
 * from, and BEARERKIT_JWKS_URL is not looked at: otherwise a variable could swap the keys under a fixed issuer.
 */
export function withEnvironment<T extends FromEnvironment>(
  options: T,
  environment: NodeJS.ProcessEnv = process.env,
): T {
  const filled: FromEnvironment = {}
  const issuer = environment[variables.issuer]
  const audience = environment[variables.audience]
  const jwksUrl = environment[variables.jwksUrl]
  if (options.issuer === undefined && issuer !== undefined) filled.issuer = issuer
  if (options.audience === undefined && audience !== undefined) filled.audience = commaSeparated(audience)
  const codeNamesTheKeys = [options.issuer, options.keys, options.jwksUrl].some((option) => option !== undefined)
  if (!codeNamesTheKeys && jwksUrl !== undefined) filled.jwksUrl = jwksUrl
  return { ...options, ...filled }
}

function commaSeparated(value: string): string[] {
  return value.split(',').map((one) => one.trim())
}
