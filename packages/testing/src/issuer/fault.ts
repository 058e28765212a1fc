import type { Exchange } from './exchange.ts'

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
  down: (_, { reset }) => reset(),
  status: ({ status, headers = {} }, { send }) => send({ status, headers, body: '' }),
  hang: () => undefined,
  stall: async (_, { sendHalf, answer }) => sendHalf(await answer()),
  slow: async ({ delay }, exchange) => {
    await elapsed(delay, exchange)
    exchange.send(await exchange.answer())
  },
  body: ({ body, headers = { 'Content-Type': 'application/json' }, status = 200 }, { send }) =>
    send({ status, headers, body }),
  redirect: ({ location }, { send }) => send({ status: 302, headers: { Location: location }, body: '' }),
}

/** Answers a request as the fault prescribes. */
export async function misbehave(fault: Fault, exchange: Exchange): Promise<void> {
  const behave = behaviours[fault.kind] as (fault: Fault, exchange: Exchange) => void | Promise<void>
  await behave(fault, exchange)
}

/** Waits, but no longer than the client does, so that no timer outlives the request. */
async function elapsed(milliseconds: number, { whenAbandoned }: Exchange): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds).unref()
    whenAbandoned(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
