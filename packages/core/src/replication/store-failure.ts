import { KeyStoreUnavailableError } from '../errors.ts'

const longestMessage = 500

/**
 * What an engine reports, for the log. Its errors can hold the command with all that was to be written: of those only the
 * name, the code and the message are kept, and the message without what was to be written.
 */
export function storeFailure(
  store: string,
  error: unknown,
  written: string | undefined,
  retryAfter?: number,
): KeyStoreUnavailableError {
  const { name = 'Error', message = '', code } = Object(error) as { name?: unknown; message?: unknown; code?: unknown }
  const shown = written === undefined ? String(message) : String(message).replaceAll(written, '…')
  const cause = Object.assign(
    new Error(shown.slice(0, longestMessage)),
    { name: String(name) },
    code === undefined ? {} : { code },
  )
  delete cause.stack
  return new KeyStoreUnavailableError(`${store}: unavailable`, {
    cause,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
