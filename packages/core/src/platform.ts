import * as platform from '#platform'
import type * as node from './platform/node/index.ts'

// Everything that this package takes from Node and other runtimes may lack. `imports` in `package.json` says which of two
// folders `#platform` is when a module is resolved, so nothing is decided at run time. `platform/node` hands on what Node has.
// `platform/web` does with web standards what verifying tokens needs, and throws a ConfigurationError for the rest. The types
// are those of Node.

// Octets.
export const Buffer: typeof node.Buffer = platform.Buffer
export const isUtf8: typeof node.isUtf8 = platform.isUtf8
export type Buffer = node.Buffer

// Digests, MACs and random values.
export const createHmac: typeof node.createHmac = platform.createHmac
export const hash: typeof node.hash = platform.hash
export const hkdf: typeof node.hkdf = platform.hkdf
export const hkdfSync: typeof node.hkdfSync = platform.hkdfSync
export const randomBytes: typeof node.randomBytes = platform.randomBytes
export const randomInt: typeof node.randomInt = platform.randomInt
export const randomUUID: typeof node.randomUUID = platform.randomUUID
export const timingSafeEqual: typeof node.timingSafeEqual = platform.timingSafeEqual

// Web Cryptography, which every platform has.
export const webcrypto: typeof node.webcrypto = platform.webcrypto

// Signatures of tokens and proofs.
export const isSignatureByKeyObject: typeof node.isSignatureByKeyObject = platform.isSignatureByKeyObject
export const isSignatureOf: typeof node.isSignatureOf = platform.isSignatureOf
export const platformSupports: typeof node.platformSupports = platform.platformSupports

// Keys of one's own, and certificates.
export const createPrivateKey: typeof node.createPrivateKey = platform.createPrivateKey
export const createPublicKey: typeof node.createPublicKey = platform.createPublicKey
export const generateKeyPair: typeof node.generateKeyPair = platform.generateKeyPair
export const KeyObject: typeof node.KeyObject = platform.KeyObject
export const promisify: typeof node.promisify = platform.promisify
export const readsCertificates: typeof node.readsCertificates = platform.readsCertificates
export const sign: typeof node.sign = platform.sign
export const signatureByKeyObject: typeof node.signatureByKeyObject = platform.signatureByKeyObject
export const verify: typeof node.verify = platform.verify
export const X509Certificate: typeof node.X509Certificate = platform.X509Certificate
export type KeyObject = node.KeyObject
export type X509Certificate = node.X509Certificate

// Events and channels.
export const channel: typeof node.channel = platform.channel
export const EventEmitter: typeof node.EventEmitter = platform.EventEmitter
export const setMaxListeners: typeof node.setMaxListeners = platform.setMaxListeners
export const tracingChannel: typeof node.tracingChannel = platform.tracingChannel
export type EventEmitter<Events extends Record<keyof Events, unknown[]>> = node.EventEmitter<Events>

// Time.
export const nextTurn: typeof node.nextTurn = platform.nextTurn
export const pause: typeof node.pause = platform.pause
export const setImmediate: typeof node.setImmediate = platform.setImmediate
export const withoutKeepingAlive: typeof node.withoutKeepingAlive = platform.withoutKeepingAlive

// Values of any kind.
export const inspect: typeof node.inspect = platform.inspect
export const isDate: typeof node.isDate = platform.isDate
export const isDeepStrictEqual: typeof node.isDeepStrictEqual = platform.isDeepStrictEqual
export const isNativeError: typeof node.isNativeError = platform.isNativeError

// The process and its surroundings.
export const BlockList: typeof node.BlockList = platform.BlockList
export const createRequire: typeof node.createRequire = platform.createRequire
export const emitWarning: typeof node.emitWarning = platform.emitWarning
export const environmentVariables: typeof node.environmentVariables = platform.environmentVariables
export const workOutlivesRequests: typeof node.workOutlivesRequests = platform.workOutlivesRequests

// Files.
export const dirname: typeof node.dirname = platform.dirname
export const fileSystem: typeof node.fileSystem = platform.fileSystem
export const isWindows: typeof node.isWindows = platform.isWindows
export const join: typeof node.join = platform.join
export const resolve: typeof node.resolve = platform.resolve
export const watch: typeof node.watch = platform.watch
