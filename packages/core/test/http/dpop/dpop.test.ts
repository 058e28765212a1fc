import { type WrongProofName, wrongProofs } from '@bearerkit/testing'
import { dpopNonces } from '../../../src/http/dpop/nonces.ts'
import { allScopesGuard } from '../../../src/http/guards/guards.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { ReplayStore } from '../../../src/replay/replay-store.ts'
import { memoryReplayStore } from '../../../src/replay/memory-replay-store.ts'
import { cookie } from '../../../src/http/credentials/token-source.ts'
import { audience, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'
import { DpopSetting, origin } from './setting.ts'

const url = `${origin}/me`

let setting: DpopSetting
beforeAll(async () => {
  setting = await DpopSetting.create()
})

/** Remembers the uses that were asked for. */
function watchedStore(): { store: ReplayStore; uses: { id: string; until: number; group: string | undefined }[] } {
  const uses: { id: string; until: number; group: string | undefined }[] = []
  const memory = memoryReplayStore({ clock: setting.clock })
  return {
    uses,
    store: {
      firstUse(id, options) {
        uses.push({ id, until: Number(options.until), group: options.group })
        return memory.firstUse(id, options)
      },
    },
  }
}

function reasonOf({ auth, error }: Outcome): string | undefined {
  return auth === undefined ? error?.reason : 'passed'
}

describe('a token with a DPoP proof', () => {
  it('passes, and handlers see the proof', async () => {
    const proof = await setting.client.proof({ url, token: setting.token }, { claims: { jti: 'one' } })
    const { auth } = await setting.ask(setting.authenticator(), setting.request({ proof }))
    expect(auth).toMatchObject({
      scheme: 'DPoP',
      token: setting.token,
      proof: { kind: 'dpop', thumbprint: setting.client.jkt, jti: 'one' },
    })
  })

  it.each(['RS256', 'PS256', 'PS512', 'ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'])(
    'may be signed with %s',
    async (alg) => {
      const other = await DpopSetting.create(alg)
      expect(reasonOf(await other.ask(other.authenticator()))).toBe('passed')
    },
  )

  it.each<[string, object]>([
    ['more members in the key', { header: { jwk: 'more' } }],
    ['more claims', { claims: { more: { a: [1] } } }],
    ['a `kid`', { header: { kid: '1' } }],
    ['a time with fractions', { claims: { iat: 1_800_000_000.25 } }],
    ['a `jti` of 256 characters', { claims: { jti: 'é'.repeat(256) } }],
    ['a nonce that nobody asked for', { claims: { nonce: 'n' } }],
    ['a query in its URI', { claims: { htu: `${url}?a=b` } }],
    ['a fragment in its URI', { claims: { htu: `${url}#a` } }],
    ['its URI in another spelling', { claims: { htu: 'HTTPS://API.example.com:443/a/../%6De' } }],
  ])('may have %s', async (title, change) => {
    const jwk = { ...setting.client.publicJwk, kid: 'k', use: 'sig', alg: 'ES256', key_ops: ['verify'], more: 1 }
    const given = title.includes('members in the key') ? { header: { jwk } } : change
    const proof = await setting.client.proof({ url, token: setting.token }, given)
    expect(reasonOf(await setting.ask(setting.authenticator(), setting.request({ proof })))).toBe('passed')
  })

  it.each(Object.keys(wrongProofs) as WrongProofName[])('is refused with a wrong proof: %s', async (name) => {
    const { reason, make } = wrongProofs[name]
    const { store, uses } = watchedStore()
    const authenticator = setting.authenticator({ publicUrl: origin, replay: store })
    // First a good one, so that token and key are remembered.
    expect(reasonOf(await setting.ask(authenticator))).toBe('passed')
    const proof = await make(setting.client, { url, token: setting.token })
    const { error } = await setting.ask(authenticator, setting.request({ proof }))
    expect(error).toMatchObject({ reason, status: 401, code: 'proof_invalid', error: 'invalid_dpop_proof' })
    expect(error?.cause).toMatchObject({ name: 'ProofError', error: 'invalid_dpop_proof' })
    // A proof that does not hold takes no entry.
    expect(uses).toHaveLength(1)
    expect(reasonOf(await setting.ask(authenticator))).toBe('passed')
  })

  it.each<[string, (request: HttpRequest) => HttpRequest, string]>([
    ['no proof', (request) => ({ ...request, headers: { ...request.headers, dpop: undefined } }), 'dpop_proof_missing'],
    [
      'two proofs in a list',
      ({ headers, ...request }) => ({ ...request, headers: { ...headers, dpop: [String(headers['dpop'])] } }),
      'dpop_proof_repeated',
    ],
    [
      'two lines, of which the host keeps one',
      (request) => ({ ...request, rawHeaders: ['DPoP', String(request.headers['dpop']), 'dpop', 'a.b.c'] }),
      'dpop_proof_repeated',
    ],
    ['another method', (request) => ({ ...request, method: 'POST' }), 'dpop_htm_mismatch'],
    ['no method', (request) => ({ ...request, method: undefined }), 'dpop_htm_mismatch'],
    ['another path', (request) => ({ ...request, url: '/other' }), 'dpop_htu_mismatch'],
    ['a path in other case', (request) => ({ ...request, url: '/ME' }), 'dpop_htu_mismatch'],
    ['an unknown target', (request) => ({ ...request, url: '*' }), 'dpop_htu_mismatch'],
  ])('is refused in a request with %s', async (_, change, reason) => {
    const request = change(await setting.request())
    expect(reasonOf(await setting.ask(setting.authenticator(), request))).toBe(reason)
  })

  it('says in the log what was expected and what came, and not in the answer', async () => {
    const proof = await setting.client.proof({
      url: 'http://user:secret@internal/me?token=secret',
      token: setting.token,
    })
    const { error } = await setting.ask(setting.authenticator(), setting.request({ proof }))
    expect((error?.cause as Error | undefined)?.message).toBe(
      'the `htu` claim of the DPoP proof is not the URI of the request: ' +
        'expected https://api.example.com/me, but the proof has http://internal/me',
    )
    expect(JSON.stringify(error?.toResponse())).not.toContain('example.com')
  })

  it.each<[string, unknown, string]>([
    ['bound to another key', { jkt: 'x'.repeat(43) }, 'dpop_key_mismatch'],
    ['bound to a key that is no text', { jkt: 5 }, 'dpop_key_mismatch'],
    ['not bound', undefined, 'token_unbound'],
    ['bound to a certificate alone', { 'x5t#S256': 'x' }, 'proof_required'],
    ['also bound in a way that is not checked', 'both', 'proof_required'],
  ])('is refused if it is %s', async (_, cnf, reason) => {
    const token = setting.tokenWith(cnf === 'both' ? { jkt: setting.client.jkt, kid: '1' } : cnf)
    const dpop = await setting.client.proof({ url, token })
    const request = { method: 'GET', url: '/me', headers: { authorization: `DPoP ${token}`, dpop } }
    expect(reasonOf(await setting.ask(setting.authenticator(), request))).toBe(reason)
  })

  it('is refused with a weak RSA key', async () => {
    const { rsaPair } = await import('../../support/foreign-issuer.ts')
    const { createHash, sign } = await import('node:crypto')
    const { calculateJwkThumbprint } = await import('jose')
    const { privatePem, publicJwk } = rsaPair(1024)
    const token = setting.tokenWith({ jkt: await calculateJwkThumbprint(publicJwk) })
    const ath = createHash('sha256').update(token).digest('base64url')
    const { foreign, clock } = setting
    const [header, claims] = [
      { typ: 'dpop+jwt', alg: 'RS256', jwk: publicJwk },
      { jti: 'weak', htm: 'GET', htu: url, iat: clock.seconds(), ath },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const dpop = `${header}.${claims}.${sign('sha256', Buffer.from(`${header}.${claims}`), privatePem).toString('base64url')}`
    const request = { method: 'GET', url: '/me', headers: { authorization: `DPoP ${token}`, dpop } }
    expect(foreign).toBeDefined()
    expect(reasonOf(await setting.ask(setting.authenticator(), request))).toBe('dpop_jwk_invalid')
  })
})

describe('the time of a proof', () => {
  it.each([
    [-59.5, undefined, 'passed'],
    [-60, undefined, 'dpop_proof_too_old'],
    [5, undefined, 'passed'],
    [5.5, undefined, 'dpop_proof_in_future'],
    [-9, { proofLifetime: '10s', clockTolerance: 0 } as const, 'passed'],
    [-10, { proofLifetime: '10s', clockTolerance: 0 } as const, 'dpop_proof_too_old'],
    [0, { proofLifetime: '10s', clockTolerance: 0 } as const, 'passed'],
    [1, { proofLifetime: '10s', clockTolerance: 0 } as const, 'dpop_proof_in_future'],
  ])('may be %p seconds from now, with the options %j: %s', async (seconds, options, outcome) => {
    const iat = setting.clock.seconds() + seconds
    const proof = await setting.client.proof({ url, token: setting.token }, { claims: { iat } })
    const authenticator = setting.authenticator({ publicUrl: origin, ...options })
    expect(reasonOf(await setting.ask(authenticator, setting.request({ proof })))).toBe(outcome)
  })

  it.each([
    [{ exp: 1 }, 'dpop_proof_too_old'],
    [{ exp: 'soon' }, 'dpop_proof_too_old'],
    [{ exp: '4000000000' }, 'dpop_proof_too_old'],
    [{ exp: 4e9, nbf: 1 }, 'passed'],
    [{ nbf: null }, 'dpop_proof_in_future'],
    [{ nbf: 4e9 }, 'dpop_proof_in_future'],
    [{ nbf: {} }, 'dpop_proof_in_future'],
  ])('is also that of `exp` and `nbf`, if there are any (RFC 7519 §4.1): %j, %s', async (claims, outcome) => {
    const proof = await setting.client.proof({ url, token: setting.token }, { claims })
    expect(reasonOf(await setting.ask(setting.authenticator(), setting.request({ proof })))).toBe(outcome)
  })

  it('is checked again after a wait', async () => {
    const own = await DpopSetting.create()
    const nonce = {
      current: () => 'n',
      accepts: () => {
        own.clock.advance(60_000)
        return true
      },
    }
    const { store, uses } = watchedStore()
    const proof = await own.client.proof({ url, token: own.token, nonce: 'n' })
    const authenticator = own.authenticator({ publicUrl: origin, nonce, replay: store })
    expect(reasonOf(await own.ask(authenticator, own.request({ proof })))).toBe('dpop_proof_too_old')
    expect(uses).toEqual([])
  })
})

describe('a proof that was used before', () => {
  it.each(['passes once', 'passes once at the same moment'])('%s', async (title) => {
    const authenticator = setting.authenticator()
    const request = await setting.request()
    const asked = (): Promise<Outcome> => setting.ask(authenticator, { ...request })
    const outcomes = title.includes('same') ? await Promise.all([asked(), asked()]) : [await asked(), await asked()]
    expect(new Set(outcomes.map(reasonOf))).toEqual(new Set(['dpop_proof_replayed', 'passed']))
  })

  it('is remembered longer than it can pass, counted from its time', async () => {
    const { store, uses } = watchedStore()
    const iat = setting.clock.seconds() + 5
    const proof = await setting.client.proof({ url, token: setting.token }, { claims: { iat, jti: 'ahead' } })
    await setting.ask(setting.authenticator({ publicUrl: origin, replay: store }), setting.request({ proof }))
    expect(uses).toEqual([{ id: 'ahead', until: (iat + 60 + 5) * 1000, group: setting.client.jkt }])
  })

  it('is refused until it is too old', async () => {
    const own = await DpopSetting.create()
    const authenticator = own.authenticator()
    const iat = own.clock.seconds() + 5
    const proof = await own.client.proof({ url, token: own.token }, { claims: { iat } })
    const reasons: (string | undefined)[] = []
    for (let second = 0; second < 70; second += 1) {
      reasons.push(reasonOf(await own.ask(authenticator, own.request({ proof }))))
      own.clock.advance(1000)
    }
    const expected = ['passed', ...Array(64).fill('dpop_proof_replayed'), ...Array(5).fill('dpop_proof_too_old')]
    expect(reasons).toEqual(expected)
  })

  it('may have the `jti` of another key', async () => {
    const authenticator = setting.authenticator()
    const other = await DpopSetting.create()
    const tokenOfOther = setting.tokenWith({ jkt: other.client.jkt })
    const claims = { jti: 'same' }
    const mine = await setting.client.proof({ url, token: setting.token }, { claims })
    const theirs = await other.client.proof({ url, token: tokenOfOther }, { claims })
    const request = (token: string, dpop: string): HttpRequest => ({
      method: 'GET',
      url: '/me',
      headers: { authorization: `DPoP ${token}`, dpop },
    })
    expect(reasonOf(await setting.ask(authenticator, request(setting.token, mine)))).toBe('passed')
    expect(reasonOf(await setting.ask(authenticator, request(tokenOfOther, theirs)))).toBe('passed')
  })

  it('is not spent by a request that is refused for its token', async () => {
    const { store, uses } = watchedStore()
    const isRevoked = jest.fn().mockReturnValueOnce(true).mockReturnValue(false)
    const authenticator = setting.authenticator({ publicUrl: origin, replay: store }, { isRevoked })
    const request = await setting.request()
    expect(reasonOf(await setting.ask(authenticator, { ...request }))).toBe('token_revoked')
    expect(uses).toEqual([])
    expect(reasonOf(await setting.ask(authenticator, { ...request }))).toBe('passed')
  })

  it.each<[string, ReplayStore]>([
    ['throws', { firstUse: () => { throw new Error('down') } }], // prettier-ignore
    ['rejects', { firstUse: () => Promise.reject(new Error('down')) }],
    ['answers something else', { firstUse: () => 1 as unknown as boolean }],
  ])('is answered with 503 if the store %s', async (_, replay) => {
    const { error } = await setting.ask(setting.authenticator({ publicUrl: origin, replay }))
    expect(error).toMatchObject({ status: 503, code: 'replay_store_unavailable' })
  })
})

describe('nonces', () => {
  const secret = 'a secret of 32 characters or more'

  async function asked(authenticator: ReturnType<DpopSetting['authenticator']>, own: DpopSetting, nonce?: string) {
    const proof = await own.client.proof({ url, token: own.token, nonce })
    const request = await own.request({ proof })
    return new Promise<{
      reason: string | undefined
      error?: string | undefined
      nonce: unknown
      request: HttpRequest
    }>((resolve) => {
      authenticator.authenticate(request, {
        pass: (_auth, headers) => resolve({ reason: 'passed', nonce: headers?.['DPoP-Nonce'], request }),
        refuse: (refusal) => {
          const { reason, error, headers } = refusal as { reason?: string; error?: string; headers: object } & Error
          resolve({ reason, error, nonce: (headers as Record<string, string>)['DPoP-Nonce'], request })
        },
      })
    })
  }

  it('are required, given out with a refusal, and renewed ahead of time with answers', async () => {
    const own = await DpopSetting.create()
    const nonces = dpopNonces(secret, { clock: own.clock })
    const authenticator = own.authenticator({ publicUrl: origin, nonce: nonces })
    const first = nonces.current()
    const use = 'use_dpop_nonce'
    expect(await asked(authenticator, own)).toMatchObject({ reason: 'dpop_nonce_missing', error: use, nonce: first })
    expect(await asked(authenticator, own, 'x')).toMatchObject({
      reason: 'dpop_nonce_mismatch',
      error: use,
      nonce: first,
    })
    expect(await asked(authenticator, own, first)).toMatchObject({ reason: 'passed', nonce: undefined })
    own.clock.advance(60_000)
    const second = nonces.current()
    const late = await asked(authenticator, own, first)
    expect(late).toMatchObject({ reason: 'passed', nonce: second })
    // A guard that refuses this request announces it too: Koa drops the headers that were set before an error.
    const { error } = await outcomeOf((continuation) => allScopesGuard('a')(late.request, continuation))
    expect(error?.headers).toMatchObject({ 'DPoP-Nonce': second })
    own.clock.advance(60_000)
    expect(await asked(authenticator, own, first)).toMatchObject({ reason: 'dpop_nonce_mismatch', error: use })
  })

  it.each([5, null, ['x']])('are not %p', async (nonce) => {
    const nonces = dpopNonces(secret, { clock: setting.clock })
    const proof = await setting.client.proof({ url, token: setting.token }, { claims: { nonce } })
    const authenticator = setting.authenticator({ publicUrl: origin, nonce: nonces })
    expect(reasonOf(await setting.ask(authenticator, setting.request({ proof })))).toBe('dpop_nonce_mismatch')
  })

  it('are checked after the signature, and before the proof is spent', async () => {
    const { store, uses } = watchedStore()
    const nonce = dpopNonces(secret, { clock: setting.clock })
    const authenticator = setting.authenticator({ publicUrl: origin, nonce, replay: store })
    const unsigned = await wrongProofs.flippedSignatureBit.make(setting.client, { url, token: setting.token })
    expect(reasonOf(await setting.ask(authenticator, setting.request({ proof: unsigned })))).toBe(
      'dpop_signature_invalid',
    )
    expect(reasonOf(await setting.ask(authenticator))).toBe('dpop_nonce_missing')
    expect(uses).toEqual([])
  })

  it('are announced with the refusal of a proof that was used before', async () => {
    const own = await DpopSetting.create()
    const nonces = dpopNonces(secret, { clock: own.clock })
    const authenticator = own.authenticator({ publicUrl: origin, nonce: nonces, proofLifetime: '5m' })
    const proof = await own.client.proof({ url, token: own.token, nonce: nonces.current() })
    expect(reasonOf(await own.ask(authenticator, own.request({ proof })))).toBe('passed')
    own.clock.advance(60_000)
    const { error } = await own.ask(authenticator, own.request({ proof }))
    expect(error).toMatchObject({ reason: 'dpop_proof_replayed', headers: { 'DPoP-Nonce': nonces.current() } })
  })
})

describe('challenges with DPoP', () => {
  const algs = /, algs="(?=.*ES256)(?=.*Ed25519)(?!.*HS256)(?!.*none)[\w -]+"$/

  it('are one for each scheme, without an error if there are no credentials', async () => {
    const { error } = await setting.ask(setting.authenticator(), { headers: {} })
    const [bearer, dpop] = [error?.headers['WWW-Authenticate'] ?? []].flat()
    expect(bearer).toBe('Bearer realm="api"')
    expect(dpop).toMatch(/^DPoP realm="api", algs="/)
    expect(dpop).toMatch(algs)
  })

  it('name the algorithms of the options', async () => {
    const { error } = await setting.ask(setting.authenticator({ algorithms: ['ES256', 'PS256'] }), { headers: {} })
    expect(error?.headers['WWW-Authenticate']).toEqual(['Bearer realm="api"', 'DPoP realm="api", algs="ES256 PS256"'])
  })

  it('have the error only for the scheme that was used', async () => {
    const request = { method: 'GET', url: '/me', headers: { authorization: `Bearer ${setting.token}` } }
    const { error } = await setting.ask(setting.authenticator({ algorithms: ['ES256'] }), request)
    expect(error?.reason).toBe('proof_required')
    expect(error?.headers['WWW-Authenticate']).toEqual([
      'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"',
      'DPoP realm="api", algs="ES256"',
    ])
  })

  it('do not offer Bearer if every token must be bound', async () => {
    const authenticator = setting.authenticator({ required: true, algorithms: ['ES256'] })
    const plain = setting.tokenWith(undefined)
    const request = { method: 'GET', url: '/me', headers: { authorization: `Bearer ${plain}` } }
    const { error } = await setting.ask(authenticator, request)
    expect(error?.reason).toBe('token_unbound')
    expect(error?.headers['WWW-Authenticate']).toBe(
      'DPoP realm="api", error="invalid_token", error_description="The access token is invalid", algs="ES256"',
    )
    const anonymous = await setting.ask(authenticator, { headers: {} })
    expect(anonymous.error?.headers['WWW-Authenticate']).toBe('DPoP realm="api", algs="ES256"')
  })
})

describe('the other ways to present a token, with DPoP', () => {
  it.each([true, { required: true }])('a bound token in a cookie is refused: %j', async (dpop) => {
    const authenticator = setting.authenticator(dpop, { tokenSource: cookie('t') })
    const request = await setting.request()
    const { authorization: _, ...headers } = request.headers
    const outcome = await setting.ask(authenticator, {
      ...request,
      headers: { ...headers, cookie: `t=${setting.token}` },
    })
    expect(reasonOf(outcome)).toBe('proof_required')
  })

  it('a token that is not bound passes as Bearer without waiting once it is remembered, also beside a stray proof', async () => {
    const authenticator = setting.authenticator()
    const request = {
      method: 'GET',
      url: '/me',
      headers: { authorization: `Bearer ${setting.tokenWith(undefined)}`, dpop: 'x' },
    }
    expect(reasonOf(await setting.ask(authenticator, { ...request }))).toBe('passed')
    const pass = jest.fn()
    authenticator.authenticate({ ...request }, { pass, refuse: jest.fn() })
    expect(pass).toHaveBeenCalledWith(expect.objectContaining({ scheme: 'Bearer', proof: undefined }), undefined)
  })

  it('a bound token is refused if DPoP is off', async () => {
    const authenticator = setting.authenticator(false)
    expect(reasonOf(await setting.ask(authenticator))).toBe('credentials_missing')
    const request = { headers: { authorization: `Bearer ${setting.token}` } }
    expect(reasonOf(await setting.ask(authenticator, request))).toBe('proof_required')
  })

  it.each<[string, boolean | object, unknown, string]>([
    ['refuses a bound token, because it sees no proof', true, 'bound', 'proof_required'],
    ['accepts a token that is not bound', true, undefined, 'passed'],
    ['refuses a token that is not bound if it must be', { required: true }, undefined, 'token_unbound'],
    ['refuses a bound token also then', { required: true }, 'bound', 'proof_required'],
  ])('TokenVerifier %s', async (_, dpop, cnf, outcome) => {
    const { fetch } = new FakeFetch({ [jwksUrl]: setting.foreign.jwks })
    const verifier = new TokenVerifier({ issuer, audience, jwksUrl, clock: setting.clock, fetch, dpop })
    const token = cnf === 'bound' ? setting.token : setting.tokenWith(undefined)
    const verified = verifier.verify(token).then(
      () => 'passed',
      (error: { code: string }) => error.code,
    )
    expect(await verified).toBe(outcome)
  })
})
