import { parseArgs } from 'node:util'

export interface CommandLine {
  /** Ends after the last act. */
  readonly once: boolean
  /** The Redis server for the second act. Default: a folder. */
  readonly redis: URL | undefined
}

const usage = 'the options are --once and --redis URL, such as --redis redis://localhost:6379'

/** @throws Error with a sentence for the user */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { once = false, redis } = optionsIn(args)
  return { once, redis: redis === undefined ? undefined : redisUrl(redis) }
}

function optionsIn(args: readonly string[]): { readonly once?: boolean; readonly redis?: string } {
  const options = { once: { type: 'boolean' }, redis: { type: 'string' } } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch {
    throw new Error(usage)
  }
}

/** The value is not quoted, because a URL may contain a password. */
function redisUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '') return url
  throw new Error('--redis needs the URL of a Redis server, such as redis://localhost:6379')
}
