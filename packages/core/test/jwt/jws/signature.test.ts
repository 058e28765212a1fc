import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { compactVerify, errors } from 'jose'
import { algorithmsNamed, asymmetricSignatureAlgorithms } from '../../../src/algorithms.ts'
import { isSignedBy } from '../../../src/jwt/jws/signature.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import type { VerificationKey } from '../../../src/keys/key-roles.ts'
import { isSignatureOf as isSignatureOnTheWeb } from '../../../src/platform/web/signatures.ts'
import { signedPartsOf } from '../../support/signed.ts'

const keys = new LocalKeyProvider()
const { algorithms: supported } = keys.supports()
const algorithms = [...asymmetricSignatureAlgorithms, 'HS256', 'HS384', 'HS512'].filter((alg) =>
  supported.includes(alg),
)

/** The total number of mutants. `npm run differential` uses more. */
const mutants = Number(process.env['MUTANTS'] ?? 1400)

async function joseSays(token: string, alg: string, key: VerificationKey): Promise<boolean> {
  try {
    await compactVerify(token, await key.cryptoKey(alg), { algorithms: [alg] })
    return true
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWSInvalid) return false
    throw error
  }
}

/** More than the main thread makes in one turn of the event loop. */
const severalChecks = 10

/** Checks on the main thread, in the thread pool, and with Web Cryptography, and returns the distinct results. */
async function verdictsOf(token: string, alg: string, key: VerificationKey): Promise<boolean[]> {
  await setImmediate()
  const checks = Array.from({ length: severalChecks }, async () => isSignedBy(signedPartsOf(token), alg, key))
  return [...new Set(await Promise.all([...checks, webVerdictOf(token, alg, key)]))]
}

/** MACs are checked in the same way everywhere. */
async function webVerdictOf(token: string, alg: string, key: VerificationKey): Promise<boolean> {
  const [row] = algorithmsNamed(alg)
  if (row === undefined || row.kty === 'oct') return isSignedBy(signedPartsOf(token), alg, key)
  return isSignatureOnTheWeb(signedPartsOf(token), row, await key.cryptoKey(alg))
}

/** Mutations of the signature or the payload. The header is not mutated, because jose reads it too. */
const mutations: readonly ((octets: Buffer) => Buffer)[] = [
  (octets) => flipped(octets),
  (octets) => octets.subarray(0, randomInt(octets.length)),
  (octets) => Buffer.concat([octets, Buffer.from([randomInt(256)])]),
  (octets) => Buffer.concat([Buffer.from([0]), octets]),
  (octets) => Buffer.alloc(octets.length, randomInt(256)),
  (octets) => Buffer.from(octets.toReversed()),
]

function flipped(octets: Buffer): Buffer {
  const copy = Buffer.from(octets)
  const at = randomInt(copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << randomInt(8))
  return copy
}

function mutant(token: string): string {
  const segments = token.split('.')
  const at = randomInt(4) === 0 ? 1 : 2
  const mutate = mutations[randomInt(mutations.length)] ?? flipped
  segments[at] = mutate(Buffer.from(segments[at] ?? '', 'base64url')).toString('base64url')
  return segments.join('.')
}

describe.each(algorithms)('the verification of a %s signature', (alg) => {
  test('has the same result as jose for valid tokens and their mutants', async () => {
    await keys.createKey({ alg, kid: alg })
    const token = await new TokenIssuer({ keys, issuer: 'a', audience: 'b', kid: alg }).issue({ sub: 'user-1' })
    const [key] = keys.verificationKeys({ alg, kid: `${alg}.1` })
    if (key === undefined) throw new Error('there is no key')
    expect([await verdictsOf(token, alg, key), await joseSays(token, alg, key)]).toEqual([[true], true])
    for (let tried = 0; tried < mutants / algorithms.length; tried += 1) {
      const one = mutant(token)
      const [ours, theirs] = await Promise.all([verdictsOf(one, alg, key), joseSays(one, alg, key)])
      if (ours.length > 1 || ours[0] !== theirs || (theirs && one !== token))
        throw new Error(`${one}: the result is ${ours.join(' and ')}, but jose says ${theirs}`)
    }
  }, 600_000)
})

describe.each([256, 384, 512])('the verification of an HS%d MAC', (bits) => {
  const alg = `HS${bits}`
  const others = [256, 384, 512].filter((one) => one !== bits)
  const signingInput = Buffer.from('header.payload')
  const secret = randomBytes(64)
  const macBy = (hash: string): Buffer => createHmac(hash, secret).update(signingInput).digest()

  async function key(): Promise<VerificationKey> {
    const secrets = new LocalKeyProvider()
    const { publishedKid } = await secrets.importKey({ alg }, secret)
    const [found] = secrets.verificationKeys({ alg, kid: publishedKid })
    if (found === undefined) throw new Error('there is no key')
    return found
  }

  test('accepts the MAC of node:crypto and refuses its mutants', async () => {
    const signature = macBy(`sha${bits}`)
    const verdict = async (one: Buffer): Promise<boolean> =>
      isSignedBy({ signingInput, signature: one }, alg, await key())
    expect(await verdict(signature)).toBe(true)
    for (const mutate of mutations) expect(await verdict(mutate(signature))).toBe(false)
    for (const other of others) {
      expect(await verdict(macBy(`sha${other}`))).toBe(false)
    }
  })

  test('fails with a key for another hash', async () => {
    const own = await key()
    for (const other of others) {
      expect(await isSignedBy({ signingInput, signature: macBy(`sha${bits}`) }, `HS${other}`, own)).toBe(false)
    }
  })
})
