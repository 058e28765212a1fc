import { KeyStoreUnavailableError } from '../errors.ts'

const longestMessage = 500

/**
 * Turns an error of a store's client into an error that can be logged. Such errors may contain the command with the value
 * to be written. Only name, code and message are kept, and the value is removed from the message.
 */
export function storeFailure(
  store: string,
  error: unknown,
  written: string | undefined,
  retryAfter?: number,
): KeyStoreUnavailableError {
  const { name = 'Error', message = '', code } = Object(error) as { name?: unknown; message?: unknown; code?: unknown }
  // The value of a revocation is empty, and an empty text is found between all characters.
  const shown = written ? String(message).replaceAll(written, '…') : String(message)
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
