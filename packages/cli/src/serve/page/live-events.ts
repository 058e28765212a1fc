import type { ServerResponse } from 'node:http'

/** In bytes. A page that reads this much too slowly is disconnected. It connects again and gets everything anew. */
const mostUnread = 1_048_576

/** The pages that are open, as the readers of one stream of events (HTML, "Server-sent events"). */
export class LiveEvents {
  readonly #readers = new Set<ServerResponse>()

  /** Adds a reader, with the events that it has missed. */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' })
    // A browser waits three seconds by default before it connects again.
    response.write('retry: 300\n\n')
    this.#readers.add(response)
    response.once('close', () => this.#readers.delete(response))
  }

  send(event: string, data: unknown): void {
    for (const reader of this.#readers) this.sendTo(reader, event, data)
  }

  sendTo(reader: ServerResponse, event: string, data: unknown): void {
    if (reader.writableLength > mostUnread) reader.destroy()
    else reader.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
}
