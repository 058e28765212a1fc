import { tracingChannel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { requestChannel, type RequestTrace, type VerifierOptions } from '@bearerkit/core'
import { protect, verifyJwt } from '@bearerkit/fetch'

/** What a client and an operator see of a request. */
export interface Seen {
  readonly status: number
  /** In the log of the service. */
  readonly code: string | undefined
  readonly reason: string | undefined
  /** The line that the page's examples log. */
  readonly error: string
}

/** Starts an instance of a service, which logs as the page says. Returns a function that sends a request. */
export function service(options: VerifierOptions): (headers: Record<string, string>) => Promise<Seen> {
  const api = protect([verifyJwt(options)], () => new Response())
  return async (headers) => {
    const traces: RequestTrace[] = []
    const note = (trace: RequestTrace): void => void (trace.outcome !== undefined && traces.push(trace))
    const nothing = (): void => undefined
    const listeners = { start: nothing, end: note, asyncStart: nothing, asyncEnd: note, error: nothing }
    const channel = tracingChannel<unknown, RequestTrace>(requestChannel)
    channel.subscribe(listeners)
    try {
      const { status } = await api(new Request('http://localhost/', { headers }))
      const [{ code, reason, error } = {} as Partial<RequestTrace>] = traces
      return { status, code, reason, error: inspect(error) }
    } finally {
      channel.unsubscribe(listeners)
    }
  }
}

/** Starts an instance of a service. Returns a function that sends a request with a token. */
export function bearerService(options: VerifierOptions): (token: string) => Promise<Seen> {
  const send = service(options)
  return (token) => send({ authorization: `Bearer ${token}` })
}

export const passed = { status: 200 }

/** The outcome of a refused token. */
export function refused(reason: string): Partial<Seen> {
  return { status: 401, reason }
}
