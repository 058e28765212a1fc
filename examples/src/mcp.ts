import { announce } from './announce.ts'
import { mcpApp } from './mcp-app.ts'

const port = Number(process.env['PORT'] ?? 3000)
const issuer = process.env['BEARERKIT_ISSUER'] ?? 'https://issuer.example.com'
const resource = process.env['BEARERKIT_AUDIENCE'] ?? `http://127.0.0.1:${port}/mcp`

const server = mcpApp({ issuer, resource }).listen(port, '127.0.0.1', () => announce('MCP', server))
