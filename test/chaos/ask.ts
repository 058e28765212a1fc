import { request as httpRequest, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The ways in which a pending request is disturbed. */
export type Disturbance = 'none' | 'the client leaves' | keyof typeof interventions

/** The things that another part of the application may do to the response in the meantime. */
const interventions = {
  'the headers are sent': (response: ServerResponse) => {
    response.writeHead(202).write('early')
    setTimeout(() => response.end(), 20)
  },
  'another answer is sent': (response: ServerResponse) => response.writeHead(202).end('early'),
  'the socket is cut': (response: ServerResponse) => response.destroy(),
} as const

export const disturbances: readonly Disturbance[] = [
  'none',
  'none',
  'none',
  'the client leaves',
  'the headers are sent',
  'another answer is sent',
  'the socket is cut',
]

export interface Question {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly disturbance: Disturbance
  /** The time until it is disturbed, in milliseconds. */
  readonly after: number
}

/** The status of the answer, or the reason why there is none. */
export type Ending = number | 'cut' | 'no end'

const patience = 15_000

/** Sends a request and waits until it ends. */
export function ask(server: Server, { path, headers, disturbance, after }: Question): Promise<Ending> {
  const { port } = server.address() as AddressInfo
  const told = { 'x-disturbance': disturbance, 'x-after': String(after) }
  return new Promise((resolve) => {
    const sent = httpRequest({ host: '127.0.0.1', port, path, headers: { ...headers, ...told }, agent: false })
    const timer = setTimeout(() => end('no end'), patience)
    const end = (ending: Ending): void => {
      clearTimeout(timer)
      resolve(ending)
    }
    sent.on('error', () => end('cut'))
    sent.on('response', (answer) => {
      answer.on('error', () => end('cut'))
      answer.resume().on('end', () => end(answer.statusCode ?? 0))
    })
    sent.end()
    if (disturbance === 'the client leaves') setTimeout(() => sent.destroy(), after)
  })
}

/** Lets the server disturb the requests that ask for it in a header. */
export function disturb(server: Server): void {
  server.prependListener('request', ({ headers }, response: ServerResponse) => {
    const intervene = interventions[headers['x-disturbance'] as keyof typeof interventions] as
      ((response: ServerResponse) => unknown) | undefined
    if (intervene === undefined) return
    setTimeout(() => response.headersSent || response.destroyed || intervene(response), Number(headers['x-after']))
  })
}
