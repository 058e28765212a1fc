import { X509Certificate } from 'node:crypto'
import { asymmetricSignatureAlgorithms, LocalKeyProvider, TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type ForgedTokens, hmacSigner, type TestIssuer } from '@bearerkit/testing'
import { refusals } from './refusals-of-forgeries.ts'

let issuer: TestIssuer
let verifier: TokenVerifier

beforeAll(async () => {
  issuer = await createTestIssuer()
  verifier = verifierOf(issuer)
})
afterAll(() => issuer.close())

function verifierOf({ issuer: url, audience }: TestIssuer): TokenVerifier {
  return new TokenVerifier({ issuer: url, audience })
}

function segmentOf(token: string, index: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>
}

const makers: { readonly [K in keyof ForgedTokens]?: (forged: ForgedTokens) => Promise<string> } = {
  jku: (forged) => forged.jku(`${issuer.issuer}/attacker.json`),
  junk: (forged) => forged.junk(500),
}

function make(name: keyof ForgedTokens, { forged }: TestIssuer): Promise<string> {
  return makers[name]?.(forged) ?? (forged[name] as () => Promise<string>)()
}

const names = Object.keys(refusals) as (keyof ForgedTokens)[]

it('the table of expected faults contains every forged token', () => {
  expect(Object.keys(issuer.forged).toSorted()).toEqual(names.toSorted())
})

it.each(names.map((name) => [name, refusals[name]] as const))('%s is refused as %s', async (name, code) => {
  const token = await make(name, issuer)
  await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'TokenError', code })
})

it.each(names.filter((name) => name !== 'junk'))('%s starts from a good token', async (name) => {
  const claims = segmentOf(await make(name, issuer), 1)
  expect(claims).toMatchObject({ client_id: issuer.issuer, jti: expect.any(String) })
})

/** ML-DSA needs a newer Node than the minimum version. */
const { algorithms: supported } = new LocalKeyProvider().supports()

describe.each(asymmetricSignatureAlgorithms.filter((alg) => supported.includes(alg)))('under %s', (alg) => {
  let own: TestIssuer
  beforeAll(async () => {
    own = await createTestIssuer({ alg })
  })
  afterAll(() => own.close())

  it('a good token verifies, and so does a changed one that the issuer signed', async () => {
    await expect(verifierOf(own).verify(await own.issue({ scope: 'a' }))).resolves.toMatchObject({ header: { alg } })
    const strange = await own.forge({ header: { typ: undefined }, claims: { sub: undefined, jti: undefined } })
    const { header, claims } = await verifierOf(own).verify(strange)
    expect(header).toEqual({ alg, kid: 'test.1' })
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'client_id', 'exp', 'iat', 'iss'])
  })

  it.each(['wrongKey', 'flippedSignatureBit', 'tamperedPayload', 'x5c', 'hs256WithPublicKey'] as const)(
    'the forged token %s is refused',
    async (name) => {
      await expect(verifierOf(own).verify(await make(name, own))).rejects.toMatchObject({ code: refusals[name] })
    },
  )

  it('a signature has a second encoding, or nonCanonicalSignature() throws', async () => {
    // RFC 4648 §4: three octets fill four characters.
    const spareless = Buffer.from((await own.issue()).split('.')[2] ?? '', 'base64url').length % 3 === 0
    const outcome = await own.forged.nonCanonicalSignature().catch((error: Error) => error.name)
    expect(outcome === 'RangeError').toBe(spareless)
    if (spareless) return
    const octets = Buffer.from(outcome.split('.')[2] ?? '', 'base64url')
    expect(outcome.endsWith(`.${octets.toString('base64url')}`)).toBe(false)
  })
})

it('x5c embeds a valid certificate for the key that signed', async () => {
  const { x5c } = segmentOf(await issuer.forged.x5c(), 0) as { x5c: string[] }
  const { jwk } = segmentOf(await issuer.forged.embeddedJwk(), 0)
  const certificate = new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64'))
  expect(certificate.subject).toBe('CN=attacker.example')
  expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ x: (jwk as { x: string }).x })
})

it.each([
  ['algNone', { alg: 'none' }],
  ['wrongTyp', { typ: 'logout+jwt' }],
  ['hostileAlg', { alg: expect.stringMatching(/\r\n.*\u2603/) }],
  ['unknownCrit', { crit: ['urn:example:unknown'] }],
] as const)('%s says so in its header', async (name, header) => {
  expect(segmentOf(await issuer.forged[name](), 0)).toMatchObject({ ...header, kid: 'test.1' })
})

it('algNone has an empty signature, and fiveParts has five parts', async () => {
  expect(await issuer.forged.algNone()).toMatch(/^[\w-]+\.[\w-]+\.$/)
  expect((await issuer.forged.fiveParts()).split('.')).toHaveLength(5)
})

it.each([1, 77, 20_000])('junk(%d) has the given length', async (length) => {
  expect(await issuer.forged.junk(length)).toMatch(new RegExp(`^[\\w-]{${length}}$`))
})

it('unknownKid names another kid at each call', async () => {
  const kids = await Promise.all([1, 2].map(async () => segmentOf(await issuer.forged.unknownKid(), 0)['kid']))
  expect(new Set(kids).size).toBe(2)
})

it('the URL of a jku is never fetched', async () => {
  await verifier.verify(await make('jku', issuer)).catch(() => undefined)
  expect(issuer.requests.recent.map(({ path }) => path)).not.toContain('/attacker.json')
})

it('forge() without a change creates a good token', async () => {
  await expect(verifier.verify(await issuer.forge())).resolves.toMatchObject({ claims: { sub: 'user-1' } })
})

it('forge() applies every kind of change', async () => {
  const token = await issuer.forge({
    header: { alg: 'HS256', kid: undefined, extra: 1 },
    claims: { sub: 'somebody', exp: undefined },
    payload: (json) => json.replace('somebody', 'nobody'),
    signer: hmacSigner('secret'),
    compact: (compact) => `${compact}=`,
  })
  expect(segmentOf(token, 0)).toEqual({ typ: 'at+jwt', alg: 'HS256', extra: 1 })
  expect(segmentOf(token, 1)).toEqual(expect.objectContaining({ sub: 'nobody' }))
  expect(segmentOf(token, 1)).not.toHaveProperty('exp')
  expect(token).toMatch(/\.[\w-]{43}=$/)
})

it('forge() signs with the new key after a rotation', async () => {
  const own = await createTestIssuer()
  await own.rotateKey()
  expect(segmentOf(await own.forged.expired(), 0)['kid']).toBe('test.2')
  await expect(verifierOf(own).verify(await own.forged.expired())).rejects.toMatchObject({ code: 'token_expired' })
  await own.close()
})

it('forged tokens take their times from the given clock', async () => {
  const clock = { now: () => Date.UTC(2001, 8, 9) }
  const own = await createTestIssuer({ clock })
  const past = new TokenVerifier({ issuer: own.issuer, audience: own.audience, clock })
  await expect(past.verify(await own.issue())).resolves.toBeDefined()
  await expect(past.verify(await own.forged.expired())).rejects.toMatchObject({ code: 'token_expired' })
  await expect(verifierOf(own).verify(await own.issue())).rejects.toMatchObject({ code: 'token_expired' })
  await own.close()
})
