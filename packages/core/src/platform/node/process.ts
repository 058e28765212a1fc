/** The environment variables at the time of the call. */
export function environmentVariables(): NodeJS.ProcessEnv {
  return process.env
}

/** Windows has no permission bits. */
export function isWindows(): boolean {
  return process.platform === 'win32'
}

/** Work that a request began may go on after its answer. */
export const workOutlivesRequests: boolean = true

/** Reads X.509 certificates. */
export const readsCertificates: boolean = true

export function emitWarning(warning: string | Error, type?: string): void {
  process.emitWarning(warning, type)
}

/** Lets the process end while the timer waits. Returns the timer. */
export function withoutKeepingAlive(timer: NodeJS.Timeout): NodeJS.Timeout {
  return timer.unref()
}
