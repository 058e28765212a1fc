import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import {
  type McpErrors,
  type McpOAuthErrors,
  type McpTokenVerifier,
  TokenVerifier,
  toMcpVerifier,
} from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as version2 from '@modelcontextprotocol/server'
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

interface BearerAuthOptions {
  readonly verifier: McpTokenVerifier
  readonly requiredScopes?: string[]
}

/** By name: its declarations would give `req.auth` another type in all of our tests. */
function middlewareOf(module: string): (options: BearerAuthOptions) => RequestHandler {
  const { requireBearerAuth } = jest.requireActual<{
    requireBearerAuth: (options: BearerAuthOptions) => RequestHandler
  }>(module)
  return requireBearerAuth
}

function onExpress(module: string): (options: BearerAuthOptions) => RequestListener {
  return (options) => {
    const app = express()
    app.use(middlewareOf(module)(options))
    app.use((req, res) => void res.json((req as { auth: unknown }).auth))
    return app as RequestListener
  }
}

/** The gate of version 2 for hosts with `Request` and `Response`. */
function asGate(options: BearerAuthOptions): RequestListener {
  const gate = version2.requireBearerAuth(options)
  const listener = getRequestListener(async (request) => {
    const auth = await gate(request)
    return auth instanceof Response ? auth : Response.json(auth)
  })
  return (incoming, outgoing) => void listener(incoming, outgoing)
}

describe.each<[string, (options: BearerAuthOptions) => RequestListener, (McpErrors | McpOAuthErrors)?]>([
  ['version 1', onExpress('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js')],
  ['version 2 with Express', onExpress('@modelcontextprotocol/express')],
  ['version 2 with Express and its error class', onExpress('@modelcontextprotocol/express'), version2],
  ['version 2 with Request and Response', asGate],
])("the SDK's requireBearerAuth with toMcpVerifier, %s", (_version, serving, errors) => {
  beforeEach(() => {
    const verifier = toMcpVerifier(new TokenVerifier({ issuer: issuer.issuer, audience: resource }), errors)
    server.on('request', serving({ verifier, requiredScopes: ['mcp:tools'] }))
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

  test('warns of nothing', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    await ask(await issuer.forged.expired())
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  test('does not blame the token while the keys cannot be had', async () => {
    const token = await issuer.issue({ scope: 'mcp:tools' })
    issuer.fail({ kind: 'down' })
    expect((await ask(token)).status).toBe(500)
  })
})
