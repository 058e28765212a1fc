import assert from 'node:assert/strict'
import { type JwksEndpointOptions, RemoteJwksKeyProvider, type VerifierOptions } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '../test-issuer.ts'
import type { ContractAppOptions, RunningApp, StartContractApp } from './adapter.ts'
import { ask, type Client, type ContractAnswer } from './client.ts'
import { challenges, type StatusRow } from './status-table.ts'

/** One case at a time: an issuer, an app that trusts it, and what must hold between them. */
export class Contract {
  readonly #start: StartContractApp
  readonly #open: { close(): Promise<void> }[] = []

  constructor(start: StartContractApp) {
    this.#start = start
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((one) => one.close()))
  }

  async holds(row: StatusRow, client: Client): Promise<void> {
    const { issuer, app } = await this.#pair(row.options)
    const answer = await client(app.server, await row.request(issuer))
    assertAnswer(answer, row.status, row.challenge)
  }

  async refusesWithoutFetching(forge: (issuer: TestIssuer) => Promise<string>): Promise<void> {
    const { issuer, app } = await this.#pair()
    await this.#me(app, await issuer.issue())
    issuer.requests.reset()
    assertAnswer(await this.#me(app, await forge(issuer)), 401, challenges.invalid)
    assert.equal(issuer.requests.total, 0, 'something was fetched')
    assertAnswer(await this.#me(app, await issuer.issue()), 200)
  }

  async refusesUnknownKid(): Promise<void> {
    const { issuer, app } = await this.#pair()
    await this.#me(app, await issuer.issue())
    issuer.requests.reset()
    assertAnswer(await this.#me(app, await issuer.forged.unknownKid()), 401, challenges.invalid)
    assert.ok(issuer.requests.jwks <= 1)
  }

  async answersOutage(options: VerifierOptions): Promise<void> {
    const { issuer, app } = await this.#pair(options)
    const token = await issuer.issue()
    issuer.fail({ kind: 'status', status: 500 })
    const answer = await this.#me(app, token)
    assertAnswer(answer, 503)
    assert.match(String(answer.headers['retry-after']), /^\d+$/)
  }

  async survivesOutage(): Promise<void> {
    const { issuer, app } = await this.#pair()
    await this.#me(app, await issuer.issue())
    issuer.fail({ kind: 'down' })
    assertAnswer(await this.#me(app, await issuer.issue()), 200)
  }

  async sharesOneFetch(): Promise<void> {
    const { issuer, app } = await this.#pair()
    const token = await issuer.issue()
    const answers = await Promise.all(Array.from({ length: 30 }, () => this.#me(app, token)))
    for (const answer of answers) assertAnswer(answer, 200)
    assert.equal(issuer.requests.jwks, 1)
  }

  async followsRotation(): Promise<void> {
    const { issuer, app } = await this.#pair()
    const old = await issuer.issue()
    assertAnswer(await this.#me(app, old), 200)
    await issuer.rotateKey()
    assertAnswer(await this.#me(app, await issuer.issue()), 200)
    assertAnswer(await this.#me(app, old), 200)
  }

  async showsClaims(): Promise<void> {
    const { issuer, app } = await this.#pair()
    const { body } = await this.#me(app, await issuer.issue({ sub: 'alice', scope: 'a b' }))
    const { claims, scopes } = JSON.parse(body) as { claims: Record<string, unknown>; scopes: unknown }
    assert.equal(claims['sub'], 'alice')
    assert.equal(claims['iss'], issuer.issuer)
    assert.deepEqual(scopes, ['a', 'b'])
  }

  async protectsOptions(): Promise<void> {
    const { app } = await this.#pair()
    const headers = { 'access-control-request-headers': 'authorization', 'access-control-request-method': 'GET' }
    assertAnswer(await ask(app.server, { method: 'OPTIONS', path: '/me', headers }), 401, challenges.anonymous)
  }

  async leavesOpenRoutesOpen(): Promise<void> {
    const { app } = await this.#pair()
    const { status, body } = await ask(app.server, { path: '/public' })
    assert.deepEqual([status, JSON.parse(body)], [200, { public: true }])
  }

  async survivesOwnErrorHandler(): Promise<void> {
    const { issuer, app } = await this.#pair({}, true)
    const answer = await this.#me(app, await issuer.forged.expired())
    assertAnswer(answer, 401, challenges.expired)
    assert.deepEqual(JSON.parse(answer.body), { own: true, code: 'token_expired' })
  }

  async failsUnguarded(): Promise<void> {
    const { issuer, app } = await this.#pair({}, true)
    const headers = { authorization: `Bearer ${await issuer.issue({ scope: 'reports:read' })}` }
    const { status, body } = await ask(app.server, { path: '/unguarded', headers })
    assert.deepEqual([status, JSON.parse(body)], [500, { own: true, code: 'configuration_invalid' }])
  }

  async failsToStart(mistake: object, sentence: RegExp): Promise<void> {
    await assert.rejects(this.#pair(mistake), { name: 'ConfigurationError', message: sentence })
  }

  async servesJwks(): Promise<void> {
    const { issuer, app } = await this.#pair()
    const { status, headers, body } = await ask(app.server, { path: '/.well-known/jwks.json' })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/jwk-set+json')
    assert.match(String(headers['cache-control']), /^public, max-age=\d+$/)
    assert.match(String(headers['etag']), /^"[\w-]+"$/)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
    assert.deepEqual(JSON.parse(body), await issuer.keys.jwks())
  }

  async answersHead(): Promise<void> {
    const { app } = await this.#pair()
    const get = await ask(app.server, { path: '/.well-known/jwks.json' })
    const head = await ask(app.server, { method: 'HEAD', path: '/.well-known/jwks.json' })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const name of ['content-type', 'content-length', 'cache-control', 'etag']) {
      assert.equal(head.headers[name], get.headers[name], name)
    }
  }

  async answersNotModified(): Promise<void> {
    const { app } = await this.#pair()
    const { headers } = await ask(app.server, { path: '/.well-known/jwks.json' })
    const etag = String(headers['etag'])
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask(app.server, { path: '/.well-known/jwks.json', headers: { 'if-none-match': condition } })
      assert.deepEqual([answer.status, answer.body, answer.headers['etag']], [304, '', etag], condition)
    }
    const changed = await ask(app.server, { path: '/.well-known/jwks.json', headers: { 'if-none-match': '"other"' } })
    assert.equal(changed.status, 200)
  }

  async allowsNoOtherMethod(): Promise<void> {
    const { app } = await this.#pair()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await ask(app.server, { method, path: '/.well-known/jwks.json' })
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], method)
    }
  }

  async shortensCaching(): Promise<void> {
    const { issuer, app } = await this.#pair()
    assert.equal(await this.#maxAge(app), 300)
    await issuer.keys.rotateKey('test', { activateAfter: '2m' })
    const shortened = await this.#maxAge(app)
    assert.ok(shortened <= 120 && shortened > 100, `max-age=${shortened}`)
  }

  async publishesOwnKeys(): Promise<void> {
    const { issuer, keys, app } = await this.#pairWithRemoteKeys({})
    assert.deepEqual(await this.#publishedKids(app), ['own.1'])
    const all = await this.#start({ ...this.#options(issuer), keys, jwks: { include: 'all' } })
    this.#open.push(all)
    assert.deepEqual(await this.#publishedKids(all), ['own.1', 'test.1'])
  }

  async answersJwksOutage(): Promise<void> {
    const { issuer, app } = await this.#pairWithRemoteKeys({ include: 'all' })
    issuer.fail({ kind: 'status', status: 500 })
    const { status, headers } = await ask(app.server, { path: '/.well-known/jwks.json' })
    assert.equal(status, 503)
    assert.match(String(headers['retry-after']), /^\d+$/)
  }

  async #maxAge(app: RunningApp): Promise<number> {
    const { headers } = await ask(app.server, { path: '/.well-known/jwks.json' })
    return Number(/max-age=(\d+)/.exec(String(headers['cache-control']))?.[1])
  }

  async #publishedKids(app: RunningApp): Promise<unknown> {
    const { body } = await ask(app.server, { path: '/.well-known/jwks.json' })
    return (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
  }

  async #pairWithRemoteKeys(
    jwks: JwksEndpointOptions,
  ): Promise<{ issuer: TestIssuer; keys: RemoteJwksKeyProvider; app: RunningApp }> {
    const issuer = await this.#issuer()
    const keys = new RemoteJwksKeyProvider({ jwksUrl: issuer.jwksUrl })
    await keys.createKey({ alg: 'ES256', kid: 'own' })
    const app = await this.#start({ ...this.#options(issuer), keys, jwks })
    this.#open.push(app)
    return { issuer, keys, app }
  }

  async #pair(
    options: VerifierOptions = {},
    ownErrorHandler = false,
  ): Promise<{ issuer: TestIssuer; app: RunningApp }> {
    const issuer = await this.#issuer()
    const standard = this.#options(issuer)
    const app = await this.#start({ ...standard, verify: { ...standard.verify, ...options }, ownErrorHandler })
    this.#open.push(app)
    return { issuer, app }
  }

  #options(issuer: TestIssuer): ContractAppOptions {
    const verify = { issuer: issuer.issuer, audience: issuer.audience }
    return { verify, keys: issuer.keys, jwks: {}, ownErrorHandler: false }
  }

  async #issuer(): Promise<TestIssuer> {
    const issuer = await createTestIssuer()
    this.#open.push(issuer)
    return issuer
  }

  #me(app: RunningApp, token: string): Promise<ContractAnswer> {
    return ask(app.server, { path: '/me', headers: { authorization: `Bearer ${token}` } })
  }
}

function assertAnswer(answer: ContractAnswer, status: number, challenge?: string): void {
  assert.deepEqual({ status: answer.status, challenge: answer.headers['www-authenticate'] }, { status, challenge })
}
