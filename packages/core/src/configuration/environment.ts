import { environmentVariables } from '../platform.ts'
import type { Given } from './options.ts'
import { variables } from './variables.ts'

/**
 * Fills in missing options from environment variables. If the code names the issuer or the keys, BEARERKIT_JWKS_URL is
 * ignored: otherwise the variable could replace the keys of an issuer that is fixed in code.
 */
export function withEnvironment(options: Given, environment: NodeJS.ProcessEnv = environmentVariables()): Given {
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

/** Fills in one option from its variable if the code leaves it out. */
export function withVariable(
  options: Given,
  name: keyof typeof variables,
  environment: NodeJS.ProcessEnv = environmentVariables(),
): Given {
  return options[name] === undefined ? { ...options, [name]: valueOf(environment, variables[name]) } : options
}

/** Trims the value, because a file written by `echo` ends in a line break. An empty variable counts as not given. */
function valueOf(environment: NodeJS.ProcessEnv, variable: string): string | undefined {
  const value = environment[variable]?.trim()
  return value === '' ? undefined : value
}

function commaSeparated(value: string | undefined): string[] | undefined {
  return value?.split(',').map((one) => one.trim())
}
