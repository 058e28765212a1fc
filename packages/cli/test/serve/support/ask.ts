import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Asked {
  readonly method?: string
  /** Any header, also those that `fetch` sets by itself, such as `Host`. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  /** Sent as it is, not normalized like the path of a URL. */
  readonly path?: string
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request as somebody could who is no browser. */
export async function ask(url: string, { method = 'GET', headers = {}, body, path }: Asked = {}): Promise<Answered> {
  const sent = request(url, { method, headers, agent: false, ...(path !== undefined && { path }) }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}

/** Asks for an action as the page does. */
export function act(issuer: string, action: string, parameters: unknown = {}): Promise<Answered> {
  const headers = { 'content-type': 'application/json', origin: issuer, 'sec-fetch-site': 'same-origin' }
  return ask(`${issuer}/page/api/${action}`, { method: 'POST', headers, body: JSON.stringify(parameters) })
}

/** Asks for an action and returns its result. */
export async function result<T>(issuer: string, action: string, parameters?: unknown): Promise<T> {
  const { status, body } = await act(issuer, action, parameters)
  if (status !== 200) throw new Error(`${status}: ${body}`)
  return JSON.parse(body) as T
}
