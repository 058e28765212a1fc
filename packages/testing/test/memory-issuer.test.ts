import { RemoteJwksKeyProvider, TokenVerifier, type VerifierOptions } from '@bearerkit/core'
import { createDpopClient, createTestIssuer, type Fault, testIssuer, type TestIssuer } from '@bearerkit/testing'

/** The issuers of the kit, which do the same in all that does not concern the socket. */
const kinds: Readonly<Record<string, () => Promise<TestIssuer>>> = {
  'testIssuer()': () => testIssuer(),
  'createTestIssuer()': () => createTestIssuer(),
}

async function faultOf(options: VerifierOptions, token: string): Promise<unknown> {
  return new TokenVerifier(options).verify(token).then(
    () => undefined,
    (error: { code: string }) => error.code,
  )
}

function tokenIn({ authorization }: { readonly authorization: string }): string {
  return authorization.split(' ')[1] ?? ''
}

describe.each(Object.entries(kinds))('%s', (_, create) => {
  let issuer: TestIssuer

  beforeEach(async () => {
    issuer = await create()
  })
  afterEach(() => issuer.close())

  it('gives options with which its good tokens verify, and no forged one', async () => {
    const options = issuer.verifierOptions({ audience: 'api' })
    expect(await faultOf(options, await issuer.issue())).toBeUndefined()
    expect(await faultOf(options, await issuer.forge())).toBeUndefined()
    expect(await faultOf(options, await issuer.forged.expired())).toBe('token_expired')
    expect(await faultOf(options, await issuer.forged.wrongAudience())).toBe('audience_mismatch')
    expect(await faultOf(options, await issuer.forged.wrongKey())).toBe('signature_invalid')
  })

  it('gives the headers of a request at once, with the claims of the test', async () => {
    const verifier = new TokenVerifier(issuer.verifierOptions({ audience: 'api', profile: 'rfc9068' }))
    const headers = issuer.authorization({ sub: 'u1', scope: 'reports:read' })
    expect(Object.keys(headers)).toEqual(['authorization'])
    const { claims, scopes, header } = await verifier.verify(tokenIn(headers))
    expect(claims).toMatchObject({ sub: 'u1', aud: 'api', exp: (claims.iat ?? 0) + 600 })
    expect([scopes, header]).toEqual([['reports:read'], { alg: 'ES256', kid: 'test.1', typ: 'at+jwt' }])
  })

  it('gives each request another token, and leaves undefined claims out', async () => {
    const verifier = new TokenVerifier(issuer.verifierOptions())
    const [one, other] = [issuer.authorization({ sub: undefined as never }), issuer.authorization()]
    expect(one.authorization).not.toBe(other.authorization)
    expect((await verifier.verify(tokenIn(one))).claims).not.toHaveProperty('sub')
    expect((await verifier.verify(tokenIn(other))).claims).toMatchObject({ sub: 'user-1', aud: issuer.audience })
  })

  it('gives a bound token with a DPoP proof for a request', async () => {
    const verifier = new TokenVerifier(issuer.verifierOptions({ dpop: true }))
    const url = 'http://localhost/me'
    const client = await createDpopClient()
    for (const dpop of [{ url }, { url, method: 'POST' }, { url, client }]) {
      const headers = issuer.authorization({ scope: 'a' }, { dpop })
      expect(headers.authorization).toMatch(/^DPoP /)
      const { answer } = await verifier.explain(tokenIn(headers), { dpop: { ...dpop, proof: headers.dpop } })
      expect(answer.outcome).toBe('accepted')
    }
  })

  it('issues tokens for every audience that its options have named', async () => {
    const [orders, billing] = ['orders', 'billing'].map((audience) => issuer.verifierOptions({ audience }))
    expect(await faultOf(orders as VerifierOptions, await issuer.issue())).toBeUndefined()
    expect(await faultOf(billing as VerifierOptions, tokenIn(issuer.authorization()))).toBeUndefined()
    const one = await issuer.issue({}, { audience: 'orders' })
    expect(await faultOf(billing as VerifierOptions, one)).toBe('audience_mismatch')
    expect(await faultOf(billing as VerifierOptions, tokenIn(issuer.authorization({ aud: 'orders' })))).toBe(
      'audience_mismatch',
    )
  })

  it('signs with the new key after a rotation, also at once', async () => {
    const verifier = new TokenVerifier(issuer.verifierOptions())
    const older = issuer.authorization()
    await issuer.rotateKey()
    expect(await verifier.verify(tokenIn(issuer.authorization()))).toMatchObject({ header: { kid: 'test.2' } })
    expect(await verifier.verify(tokenIn(older))).toMatchObject({ header: { kid: 'test.1' } })
  })

  it('issues opaque tokens, and answers about them', async () => {
    const options = issuer.verifierOptions({ introspection: issuer.client })
    const token = await issuer.issueOpaque({ scope: 'a' })
    expect((await new TokenVerifier(options).verify(token)).scopes).toEqual(['a'])
    issuer.revoke(token)
    expect(await faultOf(options, token)).toBe('token_inactive')
  })

  it.each<Fault>([
    { kind: 'down' },
    { kind: 'status', status: 503 },
    { kind: 'hang' },
    { kind: 'stall' },
    { kind: 'slow', delay: 5000 },
    { kind: 'body', body: 'nonsense' },
    { kind: 'redirect', location: 'http://127.0.0.1:9/' },
  ])('fails with $kind until it recovers', async (fault) => {
    const { fetch, issuer: url } = issuer.verifierOptions()
    const keys = new RemoteJwksKeyProvider({ issuer: url, fetch, requestTimeout: '200ms' })
    issuer.fail(fault)
    await expect(keys.ready()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    issuer.recover()
    await expect(keys.ready()).resolves.toBeUndefined()
    keys.close()
  })

  it('records the requests that it received', async () => {
    await new TokenVerifier(issuer.verifierOptions()).verify(await issuer.issue())
    const { discovery, jwks, total, recent } = issuer.requests
    expect([discovery, jwks, total]).toEqual([1, 1, 2])
    expect(recent[1]).toMatchObject({ method: 'GET', path: '/jwks.json', headers: { 'user-agent': 'bearerkit' } })
  })
})

test('testIssuer() opens no socket, and its fetch reaches nothing else', async () => {
  const issuer = await testIssuer({ path: '/tenant' })
  expect(issuer.issuer).toBe('https://issuer.test/tenant')
  const elsewhere = new TokenVerifier({ ...issuer.verifierOptions(), jwksUrl: 'http://127.0.0.1:9/jwks.json' })
  await expect(elsewhere.verify(await issuer.issue())).rejects.toMatchObject({ code: 'key_source_unavailable' })
  expect(process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'))).toEqual([])
})

test('testIssuer() gives its clock to the verifiers', async () => {
  let now = Date.UTC(2001, 8, 9)
  const issuer = await testIssuer({ clock: { now: () => now } })
  const verifier = new TokenVerifier(issuer.verifierOptions())
  const headers = issuer.authorization()
  await expect(verifier.verify(tokenIn(headers))).resolves.toBeDefined()
  now += 11 * 60_000
  await expect(verifier.verify(tokenIn(headers))).rejects.toMatchObject({ code: 'token_expired' })
})

test('environment() configures an app that calls verifyJwt() without options', async () => {
  await using issuer = await createTestIssuer({ audience: 'api' })
  const before = { ...process.env }
  Object.assign(process.env, issuer.environment())
  const verifier = new TokenVerifier()
  process.env = before
  await expect(verifier.verify(tokenIn(issuer.authorization()))).resolves.toMatchObject({ claims: { aud: 'api' } })
})
