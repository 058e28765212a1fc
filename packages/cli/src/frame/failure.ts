import { BearerKitError } from '@bearerkit/core'
import type { ExitCode } from './exit-code.ts'

/** Why a command has no result. */
export interface Failure {
  readonly exitCode: ExitCode
  readonly code: string
  readonly message: string
}

/** The command line cannot be executed as it was written. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function wrongUsage(message: string): Failure {
  return { exitCode: 2, code: 'wrong_usage', message }
}

/** The exit codes of errors of the library, by code. With any other error, the command could not find out. */
const exitCodes: Readonly<Record<string, ExitCode>> = {
  configuration_invalid: 2,
  algorithm_unsupported: 2,
  key_invalid: 2,
  token_not_issuable: 2,
  key_not_found: 1,
  key_use_forbidden: 1,
  export_forbidden: 1,
}

export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return wrongUsage(error.message)
  if (error instanceof BearerKitError)
    return { exitCode: exitCodes[error.code] ?? 3, code: error.code, message: error.message }
  return { exitCode: 3, code: 'failed', message: error instanceof Error ? error.message : String(error) }
}
