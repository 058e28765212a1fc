import type { Given } from './options.ts'
import { variables } from './variables.ts'

/**
 * Fills in what the code leaves out. Where the code names the issuer or the keys, it has decided where keys come
 * from, and BEARERKIT_JWKS_URL is not looked at: otherwise a variable could swap the keys under a fixed issuer.
 */
export function withEnvironment(options: Given, environment: NodeJS.ProcessEnv = process.env): Given {
  const { issuer, audience, keys, jwksUrl, metadataUrl, issuers, resolveIssuer } = options
  const codeNamesTheIssuer = [issuer, issuers, resolveIssuer].some((option) => option !== undefined)
  const codeNamesTheKeys = codeNamesTheIssuer || [keys, jwksUrl, metadataUrl].some((option) => option !== undefined)
  return {
    ...options,
    issuer: codeNamesTheIssuer ? issuer : valueOf(environment, variables.issuer),
    audience: audience === undefined ? commaSeparated(valueOf(environment, variables.audience)) : audience,
    jwksUrl: codeNamesTheKeys ? jwksUrl : valueOf(environment, variables.jwksUrl),
  }
}

/** Without the white space around it: a file that `echo` made ends in a line break. An empty variable is not given. */
function valueOf(environment: NodeJS.ProcessEnv, variable: string): string | undefined {
  const value = environment[variable]?.trim()
  return value === '' ? undefined : value
}

function commaSeparated(value: string | undefined): string[] | undefined {
  return value?.split(',').map((one) => one.trim())
}
