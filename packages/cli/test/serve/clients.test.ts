import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verifyJwt } from '@bearerkit/express'
import express from 'express'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { startIssuer } from './support/started.ts'

let server: DevelopmentIssuer
let api: Server
let me: URL

beforeAll(async () => {
  server = await startIssuer({ client: { clientId: 'orders', clientSecret: 'a secret of this test' } })
  const { issuer, audience } = server.issuer
  const app = express()
  app.use(verifyJwt({ issuer, audience, profile: 'rfc9068', dpop: true }))
  app.get('/me', (req, res) => void res.json(req.auth))
  api = createServer(app).listen(0, '127.0.0.1')
  await once(api, 'listening')
  me = new URL(`http://127.0.0.1:${(api.address() as AddressInfo).port}/me`)
})
afterAll(async () => {
  api.close()
  api.closeAllConnections()
  await server.close()
})

const insecure = { [oauth.allowInsecureRequests]: true }

test('oauth4webapi gets a token by client credentials, and the API accepts it', async () => {
  const url = new URL(server.issuer.issuer)
  const as = await oauth.processDiscoveryResponse(
    url,
    await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }),
  )
  const client = { client_id: 'orders' }
  const authentication = oauth.ClientSecretBasic('a secret of this test')
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    authentication,
    { scope: 'reports:read' },
    insecure,
  )
  const { access_token: token } = await oauth.processClientCredentialsResponse(as, client, response)
  const answer = await oauth.protectedResourceRequest(token, 'GET', me, undefined, undefined, insecure)
  expect(await answer.json()).toMatchObject({ claims: { sub: 'orders', scope: 'reports:read' }, scheme: 'Bearer' })
})

test('openid-client gets a token that is bound to its DPoP key, and the API accepts it with a proof alone', async () => {
  const config = await openid.discovery(new URL(server.issuer.issuer), 'orders', 'a secret of this test', undefined, {
    execute: [openid.allowInsecureRequests],
  })
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
  const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'reports:read' }, { DPoP })
  const answer = await openid.fetchProtectedResource(config, token, me, 'GET', undefined, undefined, { DPoP })
  expect(await answer.json()).toMatchObject({ scheme: 'DPoP', proof: { kind: 'dpop' } })
  expect((await fetch(me, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
})
