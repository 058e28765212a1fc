/** Some runtimes have the environment variables of Node and nothing else of its `process`. */
interface Host {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
}

export function environmentVariables(): Readonly<Record<string, string | undefined>> {
  return (globalThis as Host).process?.env ?? {}
}

export function isWindows(): boolean {
  return false
}

export function emitWarning(warning: string | Error, type = 'Warning'): void {
  console.warn(typeof warning === 'string' ? `${type}: ${warning}` : warning)
}

/** Edge platforms end the work of a request, such as its fetches, soon after its answer. */
export const workOutlivesRequests: boolean = false

/** There is no reader of X.509 certificates. */
export const readsCertificates: boolean = false
