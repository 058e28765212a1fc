import { join } from 'node:path'

const modules = join(__dirname, '../../../../node_modules')

/** The programs in the packages `bun` and `deno`, for this platform, and their options. */
export const runtimes = [
  ['Bun', join(modules, 'bun/bin/bun.exe'), ['run']],
  ['Deno', join(modules, 'deno/deno'), ['run', '--allow-net', '--allow-env', '--allow-sys', '--no-lock']],
] as const

/** Without Wrangler, which needs a newer Node. */
export const workerd: string = join(modules, '.bin/workerd')
