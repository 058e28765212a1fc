// Started by token-server.ts: an Express server with local or stored keys. Sends its port and tokens to the parent, and then
// the processor's time that it has used, whenever it is asked.
import type { AddressInfo } from 'node:net'
import { LocalKeyProvider, memoryStore, StoredKeyProvider, TokenIssuer } from '@bearerkit/core'
import { verifyJwt } from '@bearerkit/express'
import express from 'express'
import { cpuTime } from '../cpu-time.ts'
import type { KeysOfServer, Listening } from './token-server.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const distinct = 208

const openKeys: Readonly<Record<KeysOfServer, () => Promise<LocalKeyProvider | StoredKeyProvider>>> = {
  LocalKeyProvider: async () => new LocalKeyProvider(),
  StoredKeyProvider: () => StoredKeyProvider.open({ store: memoryStore() }),
}

const keys = await openKeys[process.argv[2] as KeysOfServer]()
await keys.ensureKey({ alg: 'ES256', kid: 'api' })
const issuing = new TokenIssuer({ keys, issuer, audience, expiresIn: '1h' })
const tokens = await Promise.all(Array.from({ length: distinct }, (_, user) => issuing.issue({ sub: `user-${user}` })))

const app = express()
app.use(verifyJwt({ keys, issuer, audience }))
app.get('/', (_req, res) => void res.json({ hello: 'world' }))
const server = app.listen(0, '127.0.0.1', () => {
  const listening: Listening = { port: (server.address() as AddressInfo).port, tokens }
  process.send?.(listening)
})
process.on('message', () => process.send?.(cpuTime()))
// Ends with the parent.
process.on('disconnect', () => process.exit())
