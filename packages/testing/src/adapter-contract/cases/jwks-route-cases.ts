import assert from 'node:assert/strict'
import { type JwksEndpointOptions, RemoteJwksKeyProvider } from '@bearerkit/core'
import { ask, type ContractAnswer, type ContractRequest } from '../client.ts'
import type { Cast, Scene, Stage } from '../stage.ts'
import type { RunningApp } from '../adapter.ts'
import { assertAllowed, preflight } from '../preflight.ts'
import type { Cases } from './case.ts'

/** The JWKS route: RFC 7517 §8.5.1. */
export const jwksRouteCases: Cases = {
  async 'as application/jwk-set+json, cacheable, to every origin'(stage) {
    const { app, issuer } = await stage.shared()
    const { status, headers, body } = await fetched(app)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/jwk-set+json')
    assert.match(String(headers['cache-control']), /^public, max-age=\d+$/)
    assert.match(String(headers['etag']), /^"[\w-]+"$/)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
    assert.deepEqual(JSON.parse(body), await issuer.keys.jwks())
  },

  async 'HEAD has the headers of GET and no body'(stage) {
    const { app } = await stage.shared()
    const get = await fetched(app)
    const head = await fetched(app, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const name of ['content-type', 'content-length', 'cache-control', 'etag'])
      assert.equal(head.headers[name], get.headers[name], name)
  },

  async '304 to whoever has it already'(stage) {
    const { app } = await stage.shared()
    const etag = String((await fetched(app)).headers['etag'])
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await fetched(app, { headers: { 'if-none-match': condition } })
      assert.deepEqual([answer.status, answer.body, answer.headers['etag']], [304, '', etag], condition)
    }
    assert.equal((await fetched(app, { headers: { 'if-none-match': '"other"' } })).status, 200)
  },

  async 'to pages of other origins, whose browser asks first whether it may send their headers'(stage) {
    assertAllowed(await fetched((await stage.shared()).app, preflight))
  },

  async '405 to other methods'(stage) {
    const { app } = await stage.shared()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await fetched(app, { method })
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], method)
    }
  },

  async 'to be cached no longer than until a key changes'(stage) {
    const { issuer, app } = await stage.own()
    assert.equal(await maxAge(app), 300)
    await issuer.keys.rotateKey('test', { activateAfter: '2m' })
    const shortened = await maxAge(app)
    assert.ok(shortened <= 120 && shortened > 100, `max-age=${shortened}`)
  },

  async 'of its own keys alone, unless all are asked for'(stage) {
    assert.deepEqual(await publishedKids((await withRemoteKeys(stage, {})).app), ['own.1'])
    assert.deepEqual(await publishedKids((await withRemoteKeys(stage, { include: 'all' })).app), ['own.1', 'test.1'])
  },

  async '503 when all keys are asked for and the remote ones cannot be had'(stage) {
    const { issuer, app } = await withRemoteKeys(stage, { include: 'all' })
    issuer.fail({ kind: 'status', status: 500 })
    const { status, headers } = await fetched(app)
    assert.equal(status, 503)
    assert.match(String(headers['retry-after']), /^\d+$/)
  },
}

function fetched({ server }: RunningApp, request: Partial<ContractRequest> = {}): Promise<ContractAnswer> {
  return ask(server, { path: '/.well-known/jwks.json', ...request })
}

async function maxAge(app: RunningApp): Promise<number> {
  const { headers } = await fetched(app)
  return Number(/max-age=(\d+)/.exec(String(headers['cache-control']))?.[1])
}

async function publishedKids(app: RunningApp): Promise<unknown> {
  const { body } = await fetched(app)
  return (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
}

async function withRemoteKeys(stage: Stage, jwks: JwksEndpointOptions): Promise<Scene> {
  let keys!: RemoteJwksKeyProvider
  const scene = await stage.own(({ issuer }: Cast) => {
    keys = new RemoteJwksKeyProvider({ jwksUrl: issuer.jwksUrl })
    return { keys, jwks }
  })
  await keys.createKey({ alg: 'ES256', kid: 'own' })
  return scene
}
