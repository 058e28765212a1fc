import { TokenVerifier } from '@bearerkit/core'
import { createDpopClient, createTestIssuer, type TestIssuer, wrongProofs } from '@bearerkit/testing'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

let issuer: TestIssuer

beforeAll(async () => {
  issuer = await createTestIssuer({ path: '/tenant', client: { clientSecret: 'a:secret of this test' } })
})
afterAll(() => issuer.close())

interface TokenAnswer {
  readonly access_token: string
  readonly [member: string]: unknown
}

type Parameters = Readonly<Record<string, string>>

function post(
  endpoint: string,
  parameters: Parameters | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new URLSearchParams(parameters)
  return fetch(`${issuer.issuer}${endpoint}`, { method: 'POST', body, headers })
}

function credentials(): Parameters {
  return { client_id: issuer.client.clientId, client_secret: issuer.client.clientSecret }
}

function grant(parameters: Parameters = {}, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return post('/token', { grant_type: 'client_credentials', ...credentials(), ...parameters }, headers)
}

async function granted(parameters?: Parameters, headers?: Readonly<Record<string, string>>): Promise<TokenAnswer> {
  const response = await grant(parameters, headers)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return (await response.json()) as TokenAnswer
}

async function claimsOf(token: string, audience: string | null = issuer.audience): Promise<object> {
  const verifier = new TokenVerifier({ issuer: issuer.issuer, audience, profile: 'rfc9068' })
  return (await verifier.verify(token)).claims
}

describe('the token endpoint issues', () => {
  it('a token for the client', async () => {
    const { access_token: token, ...answer } = await granted({ scope: 'reports:read' })
    expect(answer).toEqual({ token_type: 'Bearer', expires_in: 600, scope: 'reports:read' })
    expect(await claimsOf(token)).toMatchObject({ sub: 'test-client', client_id: 'test-client', scope: 'reports:read' })
  })

  it('a token with any claims', async () => {
    const claims = { sub: 'user-2', roles: ['admin'], scope: 'a b' }
    const { access_token: token, scope } = await granted({ claims: JSON.stringify(claims) })
    expect(await claimsOf(token)).toMatchObject(claims)
    expect(scope).toBe('a b')
  })

  it.each(['resource', 'audience'])('a token for another audience, named by the parameter %s', async (parameter) => {
    const { access_token: token } = await granted({ [parameter]: 'https://other.example.com' })
    expect(await claimsOf(token, 'https://other.example.com')).toMatchObject({ aud: 'https://other.example.com' })
  })

  it('a token that is bound to the key of a DPoP proof', async () => {
    const client = await createDpopClient()
    const dpop = await client.proof({ method: 'POST', url: `${issuer.issuer}/token` })
    const { access_token: token, token_type: type } = await granted({}, { dpop })
    expect(type).toBe('DPoP')
    const cnf = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(cnf).toMatchObject({ cnf: { jkt: client.jkt } })
  })

  it.each([
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ])('tokens to oauth4webapi with %s', async (_, authenticationWith) => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const url = new URL(issuer.issuer)
    const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
    const client = { client_id: issuer.client.clientId }
    const authentication = authenticationWith(issuer.client.clientSecret)
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, { scope: 'a' }, insecure)
    const { access_token: token } = await oauth.processClientCredentialsResponse(server, client, response)
    expect(await claimsOf(token)).toMatchObject({ scope: 'a' })
    const revocation = await oauth.revocationRequest(server, client, authentication, token, insecure)
    await oauth.processRevocationResponse(revocation)
    const introspection = await oauth.introspectionRequest(server, client, authentication, token, insecure)
    expect(await oauth.processIntrospectionResponse(server, client, introspection)).toEqual({ active: false })
  })

  it('tokens to openid-client, with DPoP', async () => {
    const { clientId, clientSecret } = issuer.client
    const config = await openid.discovery(new URL(issuer.issuer), clientId, clientSecret, undefined, {
      execute: [openid.allowInsecureRequests],
    })
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('Ed25519'))
    const answer = await openid.clientCredentialsGrant(config, { scope: 'a' }, { DPoP })
    expect(answer).toMatchObject({ token_type: 'dpop', scope: 'a' })
  })
})

const form = 'application/x-www-form-urlencoded'

describe('the token endpoint refuses', () => {
  it.each<[what: string, parameters: Parameters, status: number, error: string]>([
    ['another secret', { client_secret: 'b' }, 401, 'invalid_client'],
    ['another client', { client_id: 'b' }, 401, 'invalid_client'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['claims that are not JSON', { claims: '{' }, 400, 'invalid_request'],
    ['claims that are a list', { claims: '[]' }, 400, 'invalid_request'],
    ['claims that the issuer sets', { claims: '{"exp":1}' }, 400, 'invalid_request'],
    ['a scope that is not text', { claims: '{"scope":1}' }, 400, 'invalid_request'],
    ['an empty audience', { audience: '' }, 400, 'invalid_request'],
  ])('%s', async (_, parameters, status, error) => {
    const response = await grant(parameters)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) as string })
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="issuer"' : null)
  })

  it.each<[what: string, init: RequestInit, status: number]>([
    ['no form', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 400],
    ['no body', { method: 'POST' }, 400],
    ['GET', {}, 405],
    ['a repeated parameter', { method: 'POST', body: 'a=1&a=2', headers: { 'content-type': form } }, 400],
    ['no credentials', { method: 'POST', body: 'a=1', headers: { 'content-type': form } }, 401],
  ])('%s', async (_, init, status) => {
    const response = await fetch(`${issuer.issuer}/token`, init)
    expect(response.status).toBe(status)
  })

  it('a wrong DPoP proof', async () => {
    const dpop = await wrongProofs.otherHtm.make(await createDpopClient(), {
      method: 'POST',
      url: `${issuer.issuer}/token`,
    })
    const response = await grant({}, { dpop })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_dpop_proof' })
  })
})

it('lets pages of every origin ask for tokens', async () => {
  const preflight = await fetch(`${issuer.issuer}/token`, { method: 'OPTIONS' })
  expect(preflight.headers.get('access-control-allow-headers')).toContain('DPoP')
  for (const response of [preflight, await grant(), await grant({ client_secret: 'b' })])
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
})

describe('the revocation endpoint', () => {
  it.each([
    ['a JWT', () => issuer.issue()],
    ['an opaque token', () => issuer.issueOpaque()],
  ])('revokes %s', async (_, make) => {
    const token = await make()
    const isActive = async (): Promise<unknown> => {
      return (await post('/introspect', { ...credentials(), token })).json()
    }
    expect(await isActive()).toMatchObject({ active: true })
    expect((await post('/revoke', { ...credentials(), token })).status).toBe(200)
    expect(await isActive()).toEqual({ active: false })
  })

  it.each<[what: string, parameters: Parameters, status: number]>([
    ['no token', {}, 400],
    ['another client', { client_secret: 'b', token: 'a' }, 401],
  ])('refuses %s', async (_, parameters, status) => {
    expect((await post('/revoke', { ...credentials(), ...parameters })).status).toBe(status)
  })
})

it('fails on demand, each endpoint by itself', async () => {
  issuer.fail({ kind: 'status', status: 500 }, { only: 'token' })
  expect((await grant()).status).toBe(500)
  expect((await post('/revoke', { ...credentials(), token: 'a' })).status).toBe(200)
  issuer.recover()
  expect((await grant()).status).toBe(200)
})
