/** The environment variables at the time of the call. */
export function environmentVariables(): NodeJS.ProcessEnv {
  return process.env
}

/** Windows has no permission bits. */
export function isWindows(): boolean {
  return process.platform === 'win32'
}

export function emitWarning(warning: string | Error, type?: string): void {
  process.emitWarning(warning, type)
}
