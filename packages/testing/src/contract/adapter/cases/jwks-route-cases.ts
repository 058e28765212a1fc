import assert from 'node:assert/strict'
import { type JwksEndpointOptions, RemoteJwksKeyProvider } from '@bearerkit/core'
import { ask, type ContractAnswer, type ContractRequest } from '../client.ts'
import type { Cast, Scene, Stage } from '../stage.ts'
import type { RunningApp } from '../adapter.ts'
import { assertAllowed, preflight } from '../preflight.ts'
import type { Cases } from './case.ts'

/** The JWKS route: RFC 7517 §8.5.1. */
export const jwksRouteCases: Cases = {
  async 'serves application/jwk-set+json, cacheable and for every origin'(stage) {
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

  async 'answers HEAD with the headers of GET and no body'(stage) {
    const { app } = await stage.shared()
    const get = await fetched(app)
    const head = await fetched(app, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const name of ['content-type', 'content-length', 'cache-control', 'etag'])
      assert.equal(head.headers[name], get.headers[name], name)
  },

  async 'answers 304 to a client that has the current JWKS'(stage) {
    const { app } = await stage.shared()
    const etag = String((await fetched(app)).headers['etag'])
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await fetched(app, { headers: { 'if-none-match': condition } })
      assert.deepEqual([answer.status, answer.body, answer.headers['etag']], [304, '', etag], condition)
    }
    assert.equal((await fetched(app, { headers: { 'if-none-match': '"other"' } })).status, 200)
  },

  async 'answers CORS preflight requests'(stage) {
    assertAllowed(await fetched((await stage.shared()).app, preflight))
  },

  async 'answers 405 to other methods'(stage) {
    const { app } = await stage.shared()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await fetched(app, { method })
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], method)
    }
  },

  async 'limits caching to the time until a key changes'(stage) {
    const { issuer, app } = await stage.own()
    assert.equal(await maxAge(app), 300)
    await issuer.keys.rotateKey('test', { activateAfter: '2m' })
    const shortened = await maxAge(app)
    assert.ok(shortened <= 120 && shortened > 100, `max-age=${shortened}`)
  },

  async 'publishes only local keys by default, and all keys with include: all'(stage) {
    assert.deepEqual(await publishedKids((await withRemoteKeys(stage, {})).app), ['own.1'])
    assert.deepEqual(await publishedKids((await withRemoteKeys(stage, { include: 'all' })).app), ['own.1', 'test.1'])
  },

  async 'answers 503 with include: all if the remote keys are unavailable'(stage) {
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
