import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request, type RequestOptions } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Shown } from '../server/apps.ts'

/** What a server has answered. */
export interface Answer {
  readonly status: number
  readonly shown: Shown
  readonly challenge: string | undefined
  readonly retryAfter: string | undefined
}

/** Longer than a server may wait for a foreign issuer, in milliseconds. */
const patience = 30_000

/** Sends requests to the servers over connections that it keeps. */
export class Client {
  // Connections are used in turn, so that none is idle for long. No request waits for another one’s connection.
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'fifo' })

  /** @throws Error if there is no answer, or none that a server of the soak gives */
  async send(port: number, path: string, headers: OutgoingHttpHeaders): Promise<Answer> {
    const response = await this.#responseTo({ host: '127.0.0.1', port, path, headers })
    const body = await text(response)
    const { 'www-authenticate': challenge, 'retry-after': retryAfter } = response.headers
    return { status: response.statusCode ?? 0, shown: JSON.parse(body) as Shown, challenge, retryAfter }
  }

  close(): void {
    this.#agent.destroy()
  }

  #responseTo(options: RequestOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, agent: this.#agent, timeout: patience }, resolve)
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${patience} ms`)))
      sent.once('error', reject)
      sent.end()
    })
  }
}
