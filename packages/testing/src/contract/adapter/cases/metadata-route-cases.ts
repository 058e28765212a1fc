import assert from 'node:assert/strict'
import { resourceMetadataUrl } from '@bearerkit/core'
import { ask, type ContractAnswer, me } from '../client.ts'
import type { AppOptions, Scene, Stage } from '../stage.ts'
import { assertAllowed, preflight } from '../preflight.ts'
import type { Cases } from './case.ts'

const resource = 'https://api.example.com/mcp'
const { pathname: path } = new URL(resourceMetadataUrl(resource))

const published: AppOptions = {
  verify: { audience: resource, resourceMetadataUrl: resourceMetadataUrl(resource) },
  metadata: { scopesSupported: ['reports:read'], resourceName: 'Reports' },
}

/** The protected resource metadata: RFC 9728. */
export const metadataRouteCases: Cases = {
  async 'serves metadata that is built from the options of verifyJwt'(stage) {
    const { issuer, status, headers, body } = await fetched(stage)
    assert.equal(status, 200)
    assert.deepEqual(JSON.parse(body), {
      resource,
      authorization_servers: [issuer.issuer],
      scopes_supported: ['reports:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Reports',
    })
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
    assert.equal(headers['cache-control'], 'public, max-age=3600')
    assert.equal(headers['access-control-allow-origin'], '*')
  },

  async 'serves the metadata at the URL in the challenge'(stage) {
    const { app } = await stage.shared(published)
    const challenge = String((await ask(app.server, me())).headers['www-authenticate'])
    const named = /resource_metadata="([^"]+)"/.exec(challenge)?.[1]
    assert.equal(named, `https://api.example.com${path}`)
    assert.equal((await ask(app.server, { path: new URL(named).pathname })).status, 200)
  },

  async 'names the resource that tokens must have as their audience, byte for byte'(stage) {
    const { issuer, body, bearing } = await fetched(stage)
    const { resource: aud } = JSON.parse(body) as { resource: string }
    assert.equal((await bearing(await issuer.forge({ claims: { aud } }))).status, 200)
    assert.equal((await bearing(await issuer.forge({ claims: { aud: `${aud}/` } }))).status, 401)
  },

  async 'answers HEAD with the headers of GET and no body'(stage) {
    const get = await fetched(stage)
    const head = await fetched(stage, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    for (const name of ['content-type', 'content-length', 'cache-control', 'etag'])
      assert.equal(head.headers[name], get.headers[name], name)
  },

  async 'answers 304 to a client that has the current metadata'(stage) {
    const etag = String((await fetched(stage)).headers['etag'])
    const again = await fetched(stage, { headers: { 'if-none-match': etag } })
    assert.deepEqual([again.status, again.body, again.headers['etag']], [304, '', etag])
  },

  async 'answers CORS preflight requests'(stage) {
    assertAllowed(await fetched(stage, preflight))
  },

  async 'answers 405 to other methods'(stage) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await fetched(stage, { method })
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], method)
    }
  },
}

async function fetched(stage: Stage, request: object = {}): Promise<Scene & ContractAnswer> {
  const scene = await stage.shared(published)
  return { ...scene, ...(await ask(scene.app.server, { path, ...request })) }
}
