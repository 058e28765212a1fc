import { createRequire } from 'node:module'

/** The error classes that the Model Context Protocol SDK maps to responses. It checks them with `instanceof`. */
export interface McpErrors {
  /** Answered with 401. */
  readonly InvalidTokenError: new (message: string) => Error
  /** Answered with 500. */
  readonly ServerError: new (message: string) => Error
}

/** Checked at run time: JavaScript callers may pass the default export of a CommonJS module, or the wrong module. */
export function hasErrors(errors: Partial<McpErrors>): errors is McpErrors {
  return typeof errors.InvalidTokenError === 'function' && typeof errors.ServerError === 'function'
}

/** The call stack of a call. Capturing takes 2 µs; the frames are read only when needed. */
export type CallTrace = Readonly<{ stack?: unknown }>

export function traceCall(): CallTrace {
  const trace = {}
  Error.captureStackTrace(trace)
  return trace
}

/** The path of the SDK's middleware. Its error classes are in `../errors.js`. */
const middleware = /[\\/]server[\\/]auth[\\/]middleware[\\/]bearerAuth\.js$/

/**
 * Returns the error classes of the SDK copy that made the call. A process can load several copies: ES modules and
 * CommonJS, or different versions. Importing by name could find another copy, or none (pnpm, Yarn Plug'n'Play).
 *
 * @returns undefined if the SDK's middleware is not on the call stack, or is part of a bundle
 */
export async function errorsOfCaller(trace: CallTrace): Promise<McpErrors | undefined> {
  const caller = callers(trace).find((file) => middleware.test(file))
  return caller === undefined ? undefined : errorsBeside(caller).catch(() => undefined)
}

/** A stack trace names ES modules by URL and CommonJS modules by path. Both loaders have the errors module cached. */
async function errorsBeside(caller: string): Promise<McpErrors> {
  if (!caller.startsWith('file:')) return createRequire(caller)('../errors.js') as McpErrors
  return (await import(new URL('../errors.js', caller).href)) as McpErrors
}

/** Returns the files of the stack frames, innermost first. Source maps do not change these names. */
function callers(trace: CallTrace): readonly string[] {
  const former: unknown = Reflect.get(Error, 'prepareStackTrace')
  Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFileName() ?? '')
  try {
    return Array.isArray(trace.stack) ? (trace.stack as string[]) : []
  } finally {
    Reflect.set(Error, 'prepareStackTrace', former)
  }
}
