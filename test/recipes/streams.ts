import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { Client } from './client.ts'
import type { Rows } from './rows.ts'

/** In seconds. Times in tokens are whole seconds, so less may be left. */
const short = 1

function expiringSoon(client: Client, scope: string): string {
  return client.token({ scope, exp: Math.floor(Date.now() / 1000) + short })
}

async function firstEvent(
  client: Client,
  headers: Readonly<Record<string, string>>,
  path = '/events',
): Promise<number> {
  const response = await client.ask(path, headers)
  if (response.ok) {
    const reader = response.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    expect(Buffer.from(value ?? []).toString()).toBe('data: hello\n\n')
    await reader?.cancel()
  }
  return response.status
}

export const eventRows: Rows = {
  'a stream with a token': (client) => firstEvent(client, client.bearing(client.token({ scope: 'events:read' }))),
  async 'a stream whose token expires'(client) {
    const token = expiringSoon(client, 'events:read')
    const response = await client.ask('/events', client.bearing(token))
    expect(await response.text()).toMatch(/^data: hello\n\n/)
    return response.status
  },
  'a stream without a token': (client) => firstEvent(client, {}),
  'a stream without the scope': (client) => firstEvent(client, client.bearing()),
  'a stream with the token in its URL': (client) =>
    firstEvent(client, {}, `/events?access_token=${client.token({ scope: 'events:read' })}`),
}

/** The status of a handshake. A socket that is opened must close when its token expires. */
async function handshake(client: Client, headers: Readonly<Record<string, string>>, path = '/chat'): Promise<number> {
  const webSocket = new WebSocket(client.origin.replace('http', 'ws') + path, { headers })
  webSocket.on('error', () => undefined)
  const refused = once(webSocket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>
  const greeted = once(webSocket, 'message') as Promise<[Buffer]>
  const refusal = await Promise.race([refused, greeted.then(() => undefined)])
  if (refusal !== undefined) {
    webSocket.terminate()
    return refusal[1].statusCode ?? 0
  }
  expect((await greeted).toString()).toContain('hello user-1')
  const [code] = (await once(webSocket, 'close')) as [number]
  expect(code).toBe(4401)
  return 101
}

export const webSocketRows: Rows = {
  'a handshake with a token': (client) => handshake(client, client.bearing(expiringSoon(client, 'chat'))),
  'a handshake without a token': (client) => handshake(client, {}),
  'a handshake with an expired token': (client) => handshake(client, client.bearing(client.expired())),
  'a handshake without the scope': (client) => handshake(client, client.bearing()),
  'a handshake with the token in its URL': (client) =>
    handshake(client, {}, `/chat?access_token=${client.token({ scope: 'chat' })}`),
}
