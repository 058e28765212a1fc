import type { BodyStream } from '@bearerkit/core'

type Listener = Parameters<BodyStream['on']>[1]

/** A stream of the web, as core reads a body: with the few members of a stream of Node that it uses. */
export class RequestBody implements BodyStream {
  readonly readableDidRead = false
  readonly readableEnded = false
  readonly destroyed = false
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #listeners = new Map<string, Listener>()

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader()
  }

  /** Reading begins with the listener for `data`. Each event has one listener at most. */
  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener)
    if (event === 'data') void this.#read()
  }

  off(event: string): void {
    this.#listeners.delete(event)
  }

  /** Nobody continues after a pause, so the rest of the body is not needed. */
  pause(): void {
    this.#reader.cancel().catch(() => undefined)
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read()
        if (done) break
        this.#emit('data', value)
      }
      this.#emit('end')
    } catch {
      // The client has left.
      this.#emit('error')
    }
  }

  #emit(event: string, chunk?: Uint8Array): void {
    this.#listeners.get(event)?.(chunk as Parameters<Listener>[0])
  }
}
