import { createRequire } from './platform.ts'

/** The error classes that version 1 of the Model Context Protocol SDK maps to responses. It checks them with `instanceof`. */
export interface McpErrors {
  /** Answered with 401. */
  readonly InvalidTokenError: new (message: string) => Error
  /** Answered with 500. */
  readonly ServerError: new (message: string) => Error
}

/** The error class of version 2, `@modelcontextprotocol/server`. */
export interface McpOAuthErrors {
  /** Answered with 401 if the code is `invalid_token`, and with 500 if it is `server_error`. */
  readonly OAuthError: new (code: string, message: string) => Error
}

/** Creates the errors that the SDK maps to responses. */
export interface McpErrorFactory {
  invalidToken(message: string): Error
  serverError(message: string): Error
}

/** Returns undefined for the wrong module. Checked at run time: JavaScript callers may pass anything. */
export function factoryFrom(errors: Partial<McpErrors & McpOAuthErrors>): McpErrorFactory | undefined {
  const { OAuthError } = errors
  // First: the errors of version 1 also have a class of this name, with other parameters.
  if (hasErrors(errors)) {
    return {
      invalidToken: (message) => new errors.InvalidTokenError(message),
      serverError: (message) => new errors.ServerError(message),
    }
  }
  if (typeof OAuthError !== 'function') return undefined
  return {
    invalidToken: (message) => new OAuthError('invalid_token', message),
    serverError: (message) => new OAuthError('server_error', message),
  }
}

/** Checked at run time: JavaScript callers may pass the default export of a CommonJS module, or the wrong module. */
function hasErrors(errors: Partial<McpErrors>): errors is McpErrors {
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

/** The path of version 2, whose errors are recognized by a symbol. Other copies of it, and ours, are recognized too. */
const version2 = /[\\/]@modelcontextprotocol[\\/](?!sdk[\\/])[\w-]+[\\/]dist[\\/]/

/**
 * Returns the errors for the SDK copy that made the call. Returns undefined if neither version's middleware is on the call
 * stack, or if it is part of a bundle.
 */
export async function factoryForCaller(trace: CallTrace): Promise<McpErrorFactory | undefined> {
  const files = callers(trace)
  const caller = files.find((file) => middleware.test(file))
  const errors = caller === undefined ? undefined : await errorsBeside(caller).catch(() => undefined)
  if (errors !== undefined) return factoryFrom(errors)
  return files.some((file) => version2.test(file)) ? brandedErrors : undefined
}

/** Errors that version 2 recognizes, without its class. */
export const brandedErrors: McpErrorFactory = {
  invalidToken: (message) => new BrandedOAuthError('invalid_token', message),
  serverError: (message) => new BrandedOAuthError('server_error', message),
}

/** Version 2 finds the names of an error's classes under this symbol, so that errors of another copy are recognized. */
const brands = Symbol.for('mcp.sdk.errorBrands')

class BrandedOAuthError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'OAuthError'
    this.code = code
    Object.defineProperty(this, brands, { value: new Set(['mcp.OAuthError']) })
  }

  toResponseObject(): object {
    return { error: this.code, error_description: this.message }
  }
}

/**
 * Returns the error classes of a copy of version 1. A process can load several: ES modules and CommonJS, or different
 * versions. Importing by name could find another copy, or none (pnpm, Yarn Plug'n'Play). A stack trace names ES modules by
 * URL and CommonJS modules by path. Both loaders have the errors module cached.
 */
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
