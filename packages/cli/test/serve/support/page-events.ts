import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

/** An event as the page gets it. */
export interface PageEvent {
  readonly name: string
  readonly data: unknown
}

/** Reads the events of the page, as the page does. */
export class PageEvents {
  readonly events: PageEvent[] = []
  readonly #response: IncomingMessage
  #rest = ''

  private constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk))
    response.on('error', () => undefined)
  }

  static async open(issuer: string): Promise<PageEvents> {
    const sent = request(`${issuer}/page/api/events`, { agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return new PageEvents(response)
  }

  /** Waits for an event that passes the test, among those that came already and those to come. */
  async find<T>(name: string, test: (data: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const found = this.events.find((event) => event.name === name && test(event.data as T))
      if (found !== undefined) return found.data as T
      await once(this.#response, 'data')
    }
  }

  close(): void {
    this.#response.destroy()
  }

  #read(chunk: string): void {
    const parts = `${this.#rest}${chunk}`.split('\n\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? []
      if (name !== undefined) this.events.push({ name, data: JSON.parse(String(data)) })
    }
  }
}
