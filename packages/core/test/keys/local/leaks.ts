import { Console } from 'node:console'
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import type { JWK } from 'jose'

/** RFC 7517 §9.3, RFC 7518 §6, RFC 9964: the members that make a JWK private. */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'priv'] as const

/** Every spelling in which the secrets of a private JWK could appear in a text. */
export function spellingsOf(jwk: JWK): string[] {
  const values = privateMembers.flatMap((member) => jwk[member] ?? [])
  const own = values.flatMap((value) => [value, ...spellingsOfBytes(Buffer.from(value, 'base64url'))])
  return jwk.kty === 'oct' || jwk.kty === 'AKP' || jwk.d === undefined ? own : [...own, ...spellingsOfPem(jwk)]
}

function spellingsOfBytes(bytes: Buffer): string[] {
  const start = [...bytes.subarray(0, 12)]
  return [
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
    // The start of Buffers, typed arrays and their JSON.
    start.map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    start.join(', '),
    start.join(','),
    start.map((byte, index) => `"${index}":${byte}`).join(','),
  ]
}

/** The first line of PKCS#8 contains the start of the secret, or a prefix that no public key has. */
function spellingsOfPem(jwk: JWK): string[] {
  const pem = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return [pem.split('\n')[1] ?? pem, 'PRIVATE KEY']
}

export function leaksIn(text: string, spellings: readonly string[]): string[] {
  // inspect aligns the numbers of an array in columns.
  const inOneLine = text.replaceAll(/\s+/g, ' ')
  return spellings.filter((one) => one.length > 8 && (text.includes(one) || inOneLine.includes(one)))
}

const everything = { showHidden: true, getters: true, depth: null, maxArrayLength: null, maxStringLength: null }

/** All the ways in which a value can end up in a log by accident. */
export const waysToShow: Readonly<Record<string, (value: unknown) => string>> = {
  'console.log': (value) => printed((console) => console.log(value)),
  'console.log of an object around it': (value) => printed((console) => console.log('key', { value }, [value])),
  'console.error of an error that it caused': (value) =>
    printed((console) => console.error(new Error('x', { cause: value }))),
  'console.table': (value) => printed((console) => console.table([value])),
  'console.dir': (value) => printed((console) => console.dir(value)),
  'console.dir with all there is': (value) => printed((console) => console.dir(value, everything)),
  'util.format': (value) => format('%s %o %O %j', value, value, value, value),
  'util.inspect': (value) => inspect(value),
  'util.inspect with all there is': (value) => inspect(value, everything),
  'util.inspect without customInspect': (value) => inspect(value, { ...everything, customInspect: false }),
  'JSON.stringify': (value) => JSON.stringify({ value, values: [value] }),
  'JSON.stringify of its copy': (value) => JSON.stringify({ ...(value as object) }),
  'String()': (value) => `${String(value)} ${value as string}`,
  'Object.entries': (value) => inspect(Object.entries(value as object), everything),
  'its own property names and symbols': (value) =>
    inspect(
      Reflect.ownKeys(value as object).map((name) => Reflect.get(value as object, name) as unknown),
      everything,
    ),
  structuredClone: (value) => inspect(cloned(value), everything),
  'v8.serialize': (value) => serialized(value),
}

export function shownInEveryWay(value: unknown): string {
  return Object.values(waysToShow)
    .map((show) => show(value))
    .join('\n')
}

function printed(print: (console: Console) => void): string {
  const chunks: string[] = []
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString())
      done()
    },
  })
  print(new Console({ stdout, stderr: stdout }))
  return chunks.join('')
}

function cloned(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (error) {
    return error
  }
}

function serialized(value: unknown): string {
  try {
    const bytes = serialize(value)
    return `${bytes.toString('latin1')} ${bytes.toString('hex')} ${bytes.toString('utf16le')}`
  } catch (error) {
    return inspect(error, everything)
  }
}

/** The message, stack, cause and all other properties of an error. */
export function shownOfError(error: unknown): string {
  const { message = '', stack = '' } = error as Partial<Error>
  return [message, stack, inspect(error, everything), JSON.stringify(error), String(error)].join('\n')
}

/** The reason of a rejected promise, or the error that a function threw. */
export async function failureOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  return undefined
}
