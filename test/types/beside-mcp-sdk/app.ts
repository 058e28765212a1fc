// Compiled but never run: the SDK declares `req.auth` too.
import { verifyJwt } from '@bearerkit/express'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'
import type { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'

declare module '@bearerkit/express' {
  interface Register {
    property: 'caller'
  }
}

declare const verifier: OAuthTokenVerifier
declare const transport: StreamableHTTPServerTransport
const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }

const app = express()
app.use('/api', verifyJwt({ ...options, property: 'caller' }))
app.get('/api/me', (req, res) => {
  const subject: string | undefined = req.caller.claims.sub
  res.json(subject)
})
app.post('/mcp', requireBearerAuth({ verifier }), async (req, res) => {
  const client: string | undefined = req.auth?.clientId
  console.log(client)
  await transport.handleRequest(req, res, req.body)
})
