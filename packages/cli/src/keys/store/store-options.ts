import { Option } from '@commander-js/extra-typings'

/** Where the keys of a fleet are, as the options of a command say. */
export interface StoreLocation {
  /** A folder, or the URL of a Redis server. */
  readonly store: string
  readonly prefix?: string | undefined
}

export const storeFlag = '--store <folder or URL>'

export const storeDescription =
  'The store: a folder, or redis://… with a client (`redis` or `ioredis`) that you have installed. Its encryption keys come from BEARERKIT_ENCRYPTION_KEYS.'

/** Redis alone needs it. */
export function prefixOption(): Option<'--prefix <prefix>'> {
  return new Option('--prefix <prefix>', 'What the keys in Redis begin with, the same as in the service: orders:')
}
