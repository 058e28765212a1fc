/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes: FIPS 180-4 §4.2.2. */
const constants: Int32Array = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
)

/** The same of the square roots of the first eight: FIPS 180-4 §5.3.3. */
const initial: Int32Array = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

/**
 * SHA-256 (FIPS 180-4 §6.2). Web Cryptography has it too, but only with a promise, and the digest of a token is needed at
 * once: it is the key under which a verified token is remembered. Its operations take the same time for all contents.
 */
export function sha256(content: Uint8Array): Uint8Array {
  const message = padded(content)
  const state = initial.slice()
  const schedule = new Int32Array(64)
  for (let offset = 0; offset < message.byteLength; offset += 64) digestBlock(state, schedule, message, offset)
  const digest = new DataView(new ArrayBuffer(32))
  for (let index = 0; index < 8; index += 1) digest.setInt32(4 * index, word(state, index))
  return new Uint8Array(digest.buffer)
}

/** FIPS 180-4 §5.1.1: a one, zeros, and the length in bits. */
function padded(content: Uint8Array): DataView {
  const length = Math.ceil((content.length + 9) / 64) * 64
  const message = new Uint8Array(length)
  message.set(content)
  message[content.length] = 0x80
  const view = new DataView(message.buffer)
  view.setUint32(length - 8, Math.floor(content.length / 2 ** 29))
  view.setUint32(length - 4, content.length << 3)
  return view
}

function digestBlock(state: Int32Array, schedule: Int32Array, message: DataView, offset: number): void {
  for (let index = 0; index < 16; index += 1) schedule[index] = message.getInt32(offset + 4 * index)
  for (let index = 16; index < 64; index += 1) {
    const early = word(schedule, index - 15)
    const late = word(schedule, index - 2)
    const sigma0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3)
    const sigma1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10)
    schedule[index] = (word(schedule, index - 16) + sigma0 + word(schedule, index - 7) + sigma1) | 0
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let index = 0; index < 64; index += 1) {
    const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + sum1 + choice + word(constants, index) + word(schedule, index)) | 0
    const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + sum0 + majority) | 0
  }
  const added = [a, b, c, d, e, f, g, h]
  for (let index = 0; index < 8; index += 1) state[index] = (word(state, index) + (added[index] ?? 0)) | 0
}

/** Indices are in range: the compiler cannot know. */
function word(words: Int32Array, index: number): number {
  return words[index] as number
}

function rotated(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits))
}
