/**
 * What the process tells its caller: 0 fine, 1 the token is refused or the issuer is unhealthy, 2 wrong usage, 3 it could
 * not be found out.
 */
export type ExitCode = 0 | 1 | 2 | 3
