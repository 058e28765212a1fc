import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type McpTokenVerifier, TokenVerifier, toMcpVerifier } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import express, { type RequestHandler } from 'express'
import { mcpApp } from '../src/mcp-app.ts'

let server: Server
/** The URL of the MCP server, and the audience of its tokens. */
let resource: string
let issuer: TestIssuer

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  issuer = await createTestIssuer({ audience: resource })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await issuer.close()
})

describe('an MCP server behind verifyJwt', () => {
  beforeEach(() => void server.on('request', mcpApp({ issuer: issuer.issuer, resource }) as RequestListener))

  /** The SDK's own client; what the tool says of who is calling. */
  async function whoami(token?: string): Promise<unknown> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const transport = new StreamableHTTPClientTransport(new URL(resource), { requestInit: { headers } })
    const client = new Client({ name: 'test', version: '0.1.0' })
    try {
      await client.connect(transport)
      return (await client.callTool({ name: 'whoami' })).content
    } finally {
      await client.close()
    }
  }

  test('refuses a client without a token', async () => {
    await expect(whoami()).rejects.toMatchObject({ code: 401 })
  })

  test('says which scope a client needs, and where its metadata is, in which the client finds the issuer', async () => {
    const refusal = await fetch(resource, { method: 'POST' })
    expect(refusal.status).toBe(401)
    const { resourceMetadataUrl, scope, error } = extractWWWAuthenticateParams(refusal)
    expect({ scope, error }).toEqual({ scope: 'mcp:tools', error: undefined })
    const metadata = await discoverOAuthProtectedResourceMetadata(resource, {
      resourceMetadataUrl: resourceMetadataUrl!,
    })
    expect(metadata).toMatchObject({
      resource,
      authorization_servers: [issuer.issuer],
      scopes_supported: ['mcp:tools'],
      bearer_methods_supported: ['header'],
    })
  })

  test('lets a client in a browser read its metadata', async () => {
    const { origin, pathname } = new URL(resource)
    const preflight = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'mcp-protocol-version' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(preflight.headers.get('access-control-allow-headers')).toContain('MCP-Protocol-Version')
  })

  test('has its metadata where a client looks that was not told', async () => {
    expect(await discoverOAuthProtectedResourceMetadata(resource)).toMatchObject({ resource })
  })

  test('lets a client with a token through, and tells its tools who is calling', async () => {
    const token = await issuer.issue({ sub: 'user-7', scope: 'mcp:tools' })
    expect(await whoami(token)).toEqual([{ type: 'text', text: 'user-7' }])
  })

  test('refuses a token for another resource, and one without the scope', async () => {
    await expect(whoami(await issuer.forged.wrongAudience())).rejects.toMatchObject({ code: 401 })
    await expect(whoami(await issuer.issue())).rejects.toMatchObject({ code: 403 })
  })
})

describe("the SDK's requireBearerAuth with toMcpVerifier", () => {
  // By name: its declarations would give `req.auth` another type in all of our tests.
  const { requireBearerAuth } = jest.requireActual<{
    requireBearerAuth: (options: { verifier: McpTokenVerifier; requiredScopes?: string[] }) => RequestHandler
  }>('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js')

  beforeEach(() => {
    const verifier = toMcpVerifier(new TokenVerifier({ issuer: issuer.issuer, audience: resource }))
    const app = express()
    app.use(requireBearerAuth({ verifier, requiredScopes: ['mcp:tools'] }))
    app.use((req, res) => void res.json((req as { auth: unknown }).auth))
    server.on('request', app as RequestListener)
  })

  async function ask(token: string): Promise<Response> {
    return fetch(resource, { headers: { authorization: `Bearer ${token}` } })
  }

  test('lets a good token through, with who it is for', async () => {
    const answer = await ask(await issuer.issue({ client_id: 'client-1', scope: 'mcp:tools' }))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ clientId: 'client-1', scopes: ['mcp:tools'], resource })
  })

  test.each(['expired', 'wrongKey', 'wrongAudience', 'algNone', 'unknownKid'] as const)(
    'answers 401 to a token that is bad: %s',
    async (forgery) => {
      const answer = await ask(await issuer.forged[forgery]())
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    },
  )

  test('answers 403 to a token without the scope', async () => {
    expect((await ask(await issuer.issue())).status).toBe(403)
  })

  test('does not blame the token while the keys cannot be had', async () => {
    const token = await issuer.issue({ scope: 'mcp:tools' })
    issuer.fail({ kind: 'down' })
    expect((await ask(token)).status).toBe(500)
  })
})
