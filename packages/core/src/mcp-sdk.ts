import { createRequire } from 'node:module'

/** The error classes by which the Model Context Protocol's SDK knows what to answer. It compares them by identity. */
export interface McpErrors {
  /** Answered with 401. */
  readonly InvalidTokenError: new (message: string) => Error
  /** Answered with 500. */
  readonly ServerError: new (message: string) => Error
}

/** JavaScript callers may give the default export of a CommonJS module, or another module. */
export function hasErrors(errors: Partial<McpErrors>): errors is McpErrors {
  return typeof errors.InvalidTokenError === 'function' && typeof errors.ServerError === 'function'
}

/** Where a call came from. Capturing takes 2 µs; the frames are read only when they are needed. */
export type CallTrace = Readonly<{ stack?: unknown }>

export function traceCall(): CallTrace {
  const trace = {}
  Error.captureStackTrace(trace)
  return trace
}

/** The SDK's middleware in a stack trace; its error classes are in the module beside its folder. */
const middleware = /[\\/]server[\\/]auth[\\/]middleware[\\/]bearerAuth\.js$/

/**
 * The error classes of the SDK that made the call. A process can hold several copies of it: as ES modules and as CommonJS,
 * or in several versions. Importing it by name could find another copy, or none (pnpm, Yarn Plug'n'Play).
 *
 * @returns undefined if the SDK's middleware is not among the callers, or is part of a bundle
 */
export async function errorsOfCaller(trace: CallTrace): Promise<McpErrors | undefined> {
  const caller = callers(trace).find((file) => middleware.test(file))
  return caller === undefined ? undefined : errorsBeside(caller).catch(() => undefined)
}

/** ES modules are named by URL, CommonJS modules by path. The loader of each has the errors in its cache already. */
async function errorsBeside(caller: string): Promise<McpErrors> {
  if (!caller.startsWith('file:')) return createRequire(caller)('../errors.js') as McpErrors
  return (await import(new URL('../errors.js', caller).href)) as McpErrors
}

/** The files of the frames, innermost first, as they were loaded: source maps do not change these names. */
function callers(trace: CallTrace): readonly string[] {
  const former: unknown = Reflect.get(Error, 'prepareStackTrace')
  Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFileName() ?? '')
  try {
    return Array.isArray(trace.stack) ? (trace.stack as string[]) : []
  } finally {
    Reflect.set(Error, 'prepareStackTrace', former)
  }
}
