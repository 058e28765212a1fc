import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { jwksHandler } from '@bearerkit/express'
import express from 'express'

/** A token issuer: local keys, the JWKS route, and the discovery document through which verifiers find it. */
export interface Issuer {
  readonly url: string
  readonly keys: LocalKeyProvider
  readonly tokens: TokenIssuer
  /** Issues expired tokens. */
  readonly yesterday: TokenIssuer
  /** Stops answering immediately. */
  takeDown(): Promise<void>
  /** Answers again at the same URL. */
  bringUp(): Promise<void>
}

const dayInMilliseconds = 24 * 60 * 60 * 1000

export async function startIssuer(audience: string): Promise<Issuer> {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256', kid: 'demo' })

  const app = express()
  app.get('/.well-known/jwks.json', jwksHandler(keys))
  app.get('/.well-known/openid-configuration', (_req, res) => {
    res.json({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` })
  })

  const server = createServer(app)
  const port = await listen(server, 0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    keys,
    tokens: new TokenIssuer({ keys, issuer: url, audience, expiresIn: '1h' }),
    yesterday: new TokenIssuer({ keys, issuer: url, audience, clock: { now: () => Date.now() - dayInMilliseconds } }),
    takeDown: () => takeDown(server),
    bringUp: async () => void (await listen(server, port)),
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function takeDown(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}
