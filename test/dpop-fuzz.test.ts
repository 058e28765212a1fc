import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { Authenticator, LocalKeyProvider, RequestRefusedError, TokenIssuer } from '@bearerkit/core'
import * as fc from 'fast-check'
import { calculateJwkThumbprint, type JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { differences } from './dpop/differences.ts'
import { forgeriesOf, type ProofParts, type Sign, signedAnew } from './dpop/proof-mutants.ts'

/** Set `FUZZ_RUNS=100000` for a long run, and `FUZZ_SEED` for another seed. */
const total = Number(process.env['FUZZ_RUNS'] ?? 1000)
const compared = Math.ceil(total / 2)
const seed = Number(process.env['FUZZ_SEED'] ?? 9449)
const timeout = Math.max(30_000, total * 20)

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const url = `${audience}/me`
/** Both implementations see this time, in seconds. Otherwise the proofs of a long run would become too old. */
const time = Math.floor(Date.now() / 1000)
const keys = new LocalKeyProvider()
const client = pair()
const attacker = pair()

let token: string
let parts: ProofParts
let jwks: { keys: JWK[] }

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256', kid: 'fuzz' })
  jwks = await keys.publishedJwks()
  const jkt = await calculateJwkThumbprint(client.jwk)
  token = await new TokenIssuer({ keys, issuer, audience, expiresIn: '1h' }).issue({ sub: 'u' }, { boundTo: { jkt } })
  const ath = createHash('sha256').update(token).digest('base64url')
  parts = {
    header: { typ: 'dpop+jwt', alg: 'ES256', jwk: client.jwk },
    claims: { jti: 'one', htm: 'GET', htu: url, iat: time, ath },
  }
})

interface Pair {
  readonly jwk: JWK
  readonly sign: Sign
}

/** Goes through PEM: see the deadlock of Node 20 in generate-key.ts. */
function pair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  return {
    jwk: createPublicKey(publicKey).export({ format: 'jwk' }),
    sign: (input) => sign('sha256', Buffer.from(input), key).toString('base64url'),
  }
}

function proofOf(signer: Sign): string {
  const [header, claims] = [parts.header, parts.claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${header}.${claims}.${signer(`${header}.${claims}`)}`
}

/** Accepts what the other implementation accepts by its options: five minutes in both directions, and any repetition. */
const authenticator = new Authenticator({
  keys,
  issuer,
  audience,
  clock: { now: () => time * 1000 },
  dpop: {
    publicUrl: audience,
    algorithms: ['ES256', 'ES384', 'RS256', 'EdDSA', 'Ed25519'],
    proofLifetime: '5m',
    clockTolerance: '5m',
    replay: { firstUse: () => true },
  },
})

/** Returns the reason of the refusal, or undefined if the proof is accepted. */
function verdict(dpop: string): Promise<string | undefined> {
  const headers = { authorization: `DPoP ${token}`, dpop }
  return new Promise((resolve, reject) => {
    authenticator.authenticate(
      { method: 'GET', url: '/me', headers },
      {
        pass: () => resolve(undefined),
        refuse: (error) =>
          error instanceof RequestRefusedError && error.status === 401 ? resolve(String(error.reason)) : reject(error),
      },
    )
  })
}

/** The resource server of oauth4webapi. */
async function otherVerdict(request: Request): Promise<boolean> {
  const server = { issuer, jwks_uri: `${issuer}/jwks` }
  const now = Math.floor(Date.now() / 1000)
  const options = { [oauth.jwksCache]: { jwks: jwks as oauth.JWKS, uat: now }, [oauth.clockSkew]: time - now }
  return oauth.validateJwtAccessToken(server, request, audience, options).then(
    () => true,
    () => false,
  )
}

/** Returns undefined if the proof cannot be sent in a header. */
function requestWith(dpop: string): Request | undefined {
  try {
    return new Request(url, { headers: { authorization: `DPoP ${token}`, dpop } })
  } catch {
    return undefined
  }
}

test('the proof that the mutants come from is accepted', async () => {
  const proof = proofOf(client.sign)
  expect([await verdict(proof), await otherVerdict(requestWith(proof) as Request)]).toEqual([undefined, true])
})

test(
  `none of ${total} forged proofs is accepted, and each is refused for a reason of its own (seed ${seed})`,
  async () => {
    const reasons = new Set<string | undefined>()
    const forgeries = forgeriesOf(proofOf(client.sign), parts, attacker.sign)
    const property = fc.asyncProperty(forgeries, async (proof) => {
      const reason = await verdict(proof)
      reasons.add(reason)
      if (reason?.startsWith('dpop_') !== true) throw new Error(`answered with ${reason}`)
    })
    await fc.assert(property, { numRuns: total, seed })
    expect(reasons.size).toBeGreaterThan(10)
  },
  timeout,
)

test(
  `oauth4webapi has the same verdict on ${compared} proofs, or the difference is listed (seed ${seed})`,
  async () => {
    const counts = { accepted: 0, refused: 0, different: 0 }
    const mutants = fc.oneof(
      { weight: 4, arbitrary: signedAnew(parts, client.sign) },
      { weight: 1, arbitrary: forgeriesOf(proofOf(client.sign), parts, attacker.sign) },
    )
    const property = fc.asyncProperty(mutants, async (proof) => {
      const request = requestWith(proof)
      if (request === undefined) return
      // Without the white space around it, as both get it.
      const sent = request.headers.get('dpop') ?? ''
      const [reason, other] = [await verdict(sent), await otherVerdict(request)]
      const ours = reason === undefined
      counts[ours ? 'accepted' : 'refused'] += 1
      if (ours === other) return
      counts.different += 1
      const listed = differences.find(({ ours: expected, applies }) => expected === reason && applies(sent))
      if (listed === undefined) throw new Error(`ours: ${reason}, other: ${other}`)
    })
    await fc.assert(property, { numRuns: compared, seed })
    expect(counts.accepted).toBeGreaterThan(compared / 10)
    expect(counts.refused).toBeGreaterThan(compared / 10)
  },
  timeout,
)
