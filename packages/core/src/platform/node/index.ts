import * as fileSystem from 'node:fs/promises'

export { Buffer, isUtf8 } from 'node:buffer'
export { createHmac, hash, hkdf, hkdfSync, timingSafeEqual } from 'node:crypto'
export { createPrivateKey, createPublicKey, generateKeyPair, KeyObject, sign, verify } from 'node:crypto'
export { randomBytes, randomInt, randomUUID, webcrypto, X509Certificate } from 'node:crypto'
export { channel, tracingChannel } from 'node:diagnostics_channel'
export { EventEmitter, setMaxListeners } from 'node:events'
export { watch } from 'node:fs'
export { createRequire } from 'node:module'
export { BlockList } from 'node:net'
export { dirname, join, resolve } from 'node:path'
export { setImmediate } from 'node:timers'
export { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
export { inspect, isDeepStrictEqual, promisify } from 'node:util'
export { isDate, isNativeError } from 'node:util/types'
export { platformSupports } from './algorithms.ts'
export {
  emitWarning,
  environmentVariables,
  isWindows,
  readsCertificates,
  withoutKeepingAlive,
  workOutlivesRequests,
} from './process.ts'
export { isSignatureByKeyObject, isSignatureOf, signatureByKeyObject } from './signatures.ts'
export { fileSystem }
