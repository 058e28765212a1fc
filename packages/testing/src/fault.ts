import type { ServerResponse } from 'node:http'
import { type Exchange, send } from './exchange.ts'

/** The ways in which an issuer can fail. */
export type Fault =
  /** Resets every connection, open ones immediately. The issuer keeps its port. */
  | { readonly kind: 'down' }
  /** Answers with this status and no body. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Never answers, not even with headers. */
  | { readonly kind: 'hang' }
  /** Sends the headers and half of the body, then nothing. */
  | { readonly kind: 'stall' }
  /** Sends the correct answer after a delay. */
  | {
      readonly kind: 'slow'
      /** In milliseconds. */
      readonly delay: number
    }
  /** Sends another body. */
  | {
      readonly kind: 'body'
      readonly body: string | Buffer
      /** Default: `Content-Type: application/json`. */
      readonly headers?: Readonly<Record<string, string>>
      /** Default 200. */
      readonly status?: number
    }
  /** Redirects with 302. */
  | { readonly kind: 'redirect'; readonly location: string }

type Kind = Fault['kind']
type FaultOf<K extends Kind> = Extract<Fault, { readonly kind: K }>

const behaviours: { readonly [K in Kind]: (fault: FaultOf<K>, exchange: Exchange) => void | Promise<void> } = {
  down: (_, { response }) => void response.destroy(),
  status: ({ status, headers = {} }, { response }) => send(response, { status, headers, body: '' }),
  hang: () => undefined,
  stall: (_, exchange) => sendHalf(exchange),
  slow: async ({ delay }, { response, answer }) => {
    await elapsed(delay, response)
    send(response, await answer())
  },
  body: ({ body, headers = { 'Content-Type': 'application/json' }, status = 200 }, { response }) =>
    send(response, { status, headers, body }),
  redirect: ({ location }, { response }) => send(response, { status: 302, headers: { Location: location }, body: '' }),
}

/** Answers a request as the fault prescribes. */
export async function misbehave(fault: Fault, exchange: Exchange): Promise<void> {
  const behave = behaviours[fault.kind] as (fault: Fault, exchange: Exchange) => void | Promise<void>
  await behave(fault, exchange)
}

async function sendHalf({ response, answer }: Exchange): Promise<void> {
  const { status, headers, body } = await answer()
  const octets = Buffer.from(body)
  // At least one octet is announced and withheld, so a stalled answer never looks complete.
  response.writeHead(status, { ...headers, 'Content-Length': Math.max(1, octets.length) })
  response.flushHeaders()
  response.write(octets.subarray(0, octets.length / 2))
}

/** Waits, but no longer than the connection lives, so that no timer outlives it. */
async function elapsed(milliseconds: number, response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds).unref()
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
