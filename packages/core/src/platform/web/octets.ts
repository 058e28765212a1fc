import { base64, base64url, fromBase64 } from './base64.ts'

type Encoding = 'utf8' | 'latin1' | 'binary' | 'base64' | 'base64url' | 'hex'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const onlyUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decoders: Readonly<Record<Encoding, (text: string) => ArrayLike<number>>> = {
  utf8: (text) => utf8.encode(text),
  latin1: (text) => Array.from(text, (character) => character.charCodeAt(0)),
  binary: (text) => decoders.latin1(text),
  base64: fromBase64,
  base64url: fromBase64,
  hex: (text) => (text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)),
}

const encoders: Readonly<Record<Encoding, (octets: Uint8Array) => string>> = {
  utf8: (octets) => fromUtf8.decode(octets),
  latin1: (octets) => latin1(octets),
  binary: (octets) => latin1(octets),
  base64,
  base64url,
  hex: (octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(''),
}

function latin1(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += String.fromCharCode(octet)
  return text
}

/** Without `from`, whose parameters differ. */
const Bytes = Uint8Array as unknown as {
  new (length: number): Uint8Array
  new (buffer: ArrayBufferLike, offset?: number, length?: number): Uint8Array
}

/** The part of Node's `Buffer` that core uses to verify tokens. */
export class Octets extends Bytes {
  static from(content: string | ArrayBufferLike | Uint8Array, encoding?: Encoding | number, length?: number): Octets {
    if (typeof content === 'string') return Octets.#of(decoders[(encoding as Encoding | undefined) ?? 'utf8'](content))
    if (ArrayBuffer.isView(content)) return Octets.#of(content)
    return new Octets(content, encoding as number | undefined, length)
  }

  static #of(octets: ArrayLike<number>): Octets {
    const copy = new Octets(octets.length)
    copy.set(octets)
    return copy
  }

  static alloc(length: number): Octets {
    return new Octets(length)
  }

  static allocUnsafe(length: number): Octets {
    return new Octets(length)
  }

  static byteLength(text: string, encoding: Encoding = 'utf8'): number {
    return decoders[encoding](text).length
  }

  static concat(list: readonly Uint8Array[]): Octets {
    const all = new Octets(list.reduce((length, octets) => length + octets.length, 0))
    let offset = 0
    for (const octets of list) {
      all.set(octets, offset)
      offset += octets.length
    }
    return all
  }

  static isBuffer(value: unknown): value is Octets {
    return value instanceof Octets
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end: number = this.length): string {
    return encoders[encoding](this.subarray(start, end))
  }

  /** Looks for an octet, or for a sequence of octets. */
  override includes(searched: number | Octets): boolean {
    if (typeof searched === 'number') return super.includes(searched)
    return this.toString('latin1').includes(searched.toString('latin1'))
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((octet, index) => octet === other[index])
  }
}

export function isUtf8(octets: Uint8Array): boolean {
  try {
    onlyUtf8.decode(octets)
    return true
  } catch {
    return false
  }
}
