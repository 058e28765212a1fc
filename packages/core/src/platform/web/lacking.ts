import { ConfigurationError } from '../../errors.ts'

/** Creates a function for what has no substitute. The error comes when the application starts to use it. */
function lacking(what: string, needed: string): () => never {
  return () => {
    throw new ConfigurationError(`this runtime has no \`${what}\`, which ${needed} needs: use Node, Bun or Deno`, what)
  }
}

const ownKeys = 'a local or stored key'
export const createPrivateKey: () => never = lacking('node:crypto', ownKeys)
export const createPublicKey: () => never = lacking('node:crypto', ownKeys)
export const generateKeyPair: () => never = lacking('node:crypto', ownKeys)
export const hkdf: () => never = lacking('node:crypto', ownKeys)
export const sign: () => never = lacking('node:crypto', ownKeys)
export const signatureByKeyObject: () => never = lacking('node:crypto', ownKeys)
export const verify: () => never = lacking('node:crypto', ownKeys)
export const randomInt: () => never = lacking('node:crypto', 'a table of revocations')

const files = 'a store in a folder'
export const dirname: () => never = lacking('node:path', files)
export const join: () => never = lacking('node:path', files)
export const resolve: () => never = lacking('node:path', files)
export const watch: () => never = lacking('node:fs', files)
export const fileSystem: object = {}

export const createRequire: () => never = lacking('node:module', 'finding the errors of the SDK')

/** Functions that do not exist need no promises. */
export function promisify<T>(lackingFunction: T): T {
  return lackingFunction
}

/** What reads a key asks first whether it is one of these. */
export const KeyObject: { readonly from: () => never; [Symbol.hasInstance](): never } = {
  from: createPrivateKey,
  [Symbol.hasInstance]: createPrivateKey,
}

/** Never constructed: the option `mtls` is refused. */
export const X509Certificate: () => never = lacking('node:crypto', 'the option `mtls`')
