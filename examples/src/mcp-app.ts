import {
  type AuthContext,
  requireScopes,
  resourceMetadataHandler,
  resourceMetadataUrl,
  verifyJwt,
  type VerifierOptions,
} from '@bearerkit/express'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import express, { type Express } from 'express'

export interface McpAppOptions {
  /** The issuer whose tokens are accepted. */
  readonly issuer: string
  /** The URL of the MCP server as clients know it. It is the audience of their tokens. */
  readonly resource: string
}

/** Creates an MCP server over streamable HTTP that requires a token and tells clients where to get one (RFC 9728). */
export function mcpApp({ issuer, resource }: McpAppOptions): Express {
  const metadataUrl = resourceMetadataUrl(resource)
  const verification: VerifierOptions = {
    issuer,
    audience: resource,
    resourceMetadataUrl: metadataUrl,
    challengeScopes: ['mcp:tools'],
  }

  const app = express()
  // For all methods: browser clients send `OPTIONS` first because of their header `MCP-Protocol-Version`.
  app.all(
    new URL(metadataUrl).pathname,
    resourceMetadataHandler(verification, { scopesSupported: ['mcp:tools'], resourceName: 'An example' }),
  )
  app.use(new URL(resource).pathname, verifyJwt(verification), requireScopes('mcp:tools'), express.json())
  app.post(new URL(resource).pathname, async (req, res) => {
    // Stateless: a server and a transport for each request.
    const server = toolServer()
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
    res.on('close', () => void server.close())
    await server.connect(transport)
    await transport.handleRequest(Object.assign(req, { auth: authInfo(req.auth) }), res, req.body)
  })
  // RFC 9110 §15.5.6: this server supports neither GET streams nor session deletion.
  app.all(new URL(resource).pathname, (_req, res) => void res.status(405).set('Allow', 'POST').end())
  return app
}

function toolServer(): McpServer {
  const server = new McpServer({ name: 'bearerkit-example', version: '0.1.0' })
  server.registerTool('whoami', { description: 'Says who is calling' }, ({ authInfo: caller }) => ({
    content: [{ type: 'text', text: String(caller?.extra?.['sub']) }],
  }))
  return server
}

/** Converts the auth context to the form that the SDK passes to tools. */
function authInfo({ token, claims, scopes }: AuthContext): AuthInfo {
  const { client_id: clientId = '', sub, exp } = claims
  return { token, clientId, scopes: [...scopes], expiresAt: exp, extra: { sub } }
}
