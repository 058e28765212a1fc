import type { HttpRequest } from '../../http-message.ts'
import { Buffer } from '../../platform.ts'

/** What is used of Node's request to read its body. */
export interface BodyStream {
  /** True after data was read. An empty body is only ended. */
  readonly readableDidRead: boolean
  readonly readableEnded: boolean
  readonly destroyed: boolean
  on(event: string, listener: (chunk: Buffer) => void): unknown
  off(event: string, listener: (chunk: Buffer) => void): unknown
  pause(): unknown
}

/** A body that cannot be used: too many bytes, too slow, or the client has left. */
export type UnusableBody = 'too large' | 'too slow' | 'incomplete'

/** The largest body that {@link readBody} accepts, and how long it waits for the body. */
export interface BodyLimits {
  readonly bytes: number
  /** In milliseconds. */
  readonly time: number
}

/** Returns the stream of a request whose body nobody has read yet. */
export function unreadBodyOf(request: HttpRequest): BodyStream | undefined {
  const stream = request as HttpRequest & Partial<BodyStream>
  const isUnread = [stream.readableDidRead, stream.readableEnded, stream.destroyed].every((one) => one === false)
  return isUnread ? (stream as BodyStream) : undefined
}

/** Reads a body within limits. After a limit was exceeded the stream is left paused, so that the request can be answered. */
export function readBody(stream: BodyStream, limits: BodyLimits): Promise<Buffer | UnusableBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (outcome: Buffer | UnusableBody): void => {
      clearTimeout(timer)
      stream.pause()
      for (const [event, listener] of Object.entries(listeners)) stream.off(event, listener)
      // An error that comes later, such as a reset, would end the process if nobody listened.
      stream.on('error', () => undefined)
      resolve(outcome)
    }
    const timer = setTimeout(() => settle('too slow'), limits.time)
    const listeners = {
      data: (chunk: Buffer) => {
        size += chunk.length
        if (size > limits.bytes) settle('too large')
        else chunks.push(chunk)
      },
      end: () => settle(Buffer.concat(chunks)),
      error: () => settle('incomplete'),
      close: () => settle('incomplete'),
    }
    for (const [event, listener] of Object.entries(listeners)) stream.on(event, listener)
  })
}
