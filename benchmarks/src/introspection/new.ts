import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IntrospectionClient } from '@bearerkit/core'
import { cpuTime } from '../cpu-time.ts'
import type { Outcome } from '../figure.ts'
import { forEachOf, sink } from '../pace.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { countingTo } from '../tokens.ts'

const answer = JSON.stringify({ active: true, aud: 'https://api.example.com', sub: 'user-1', scope: 'reports:read' })
const ours = 'IntrospectionClient'
const bare = 'fetch alone'

/** Opaque tokens seen for the first time, 16 at a time. The server is in this process, so its time counts on both sides. */
export async function measure({ rounds, turnTokens }: Scale): Promise<Outcome> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const endpoint = `${issuer}/introspect`
  const client = new IntrospectionClient({ issuer, endpoint, clientId: 'orders', clientSecret: 'secret' })
  const perSecond = async (ask: (token: string) => Promise<unknown>): Promise<number> => {
    const start = cpuTime()
    await forEachOf(countingTo(turnTokens), 16, async () => {
      sink.last = await ask(randomBytes(32).toString('base64url'))
    })
    return (turnTokens / (cpuTime() - start)) * 1000
  }
  const contestants = [
    { name: ours, sample: () => perSecond((token) => client.introspect(token)) },
    { name: bare, sample: () => perSecond((token) => askAlone(endpoint, token)) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  server.close().closeAllConnections()
  const figure = {
    name: 'new opaque tokens, in process',
    unit: 'per CPU second',
    subject: of(ours),
    relativeTo: of(bare),
  }
  return { figures: [figure], notMeasured: [] }
}

async function askAlone(endpoint: string, token: string): Promise<unknown> {
  const headers = { authorization: 'Basic b3JkZXJzOnNlY3JldA==', 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
  const response = await fetch(endpoint, { method: 'POST', headers, body })
  return response.json()
}
