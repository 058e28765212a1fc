import { having, type Reader } from '../configuration/options.ts'
import type { KeyStore } from './key-store.ts'

/** Reads an option that is a {@link KeyStore}. */
export const keyStore: Reader<KeyStore> = (value, option, given) => {
  having('read')(value, option, given)
  return having<KeyStore>('write')(value, option, given)
}
