import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Asset, readAssets } from './assets.ts'
import { pageHeaders, Refusal, sendJson, sendRefusal } from './answers.ts'
import { readJson } from './json-body.ts'
import { isFromOwnPage, isJson, namesThisServer } from './same-origin.ts'

/** Does something with the issuer and returns what the page shows. Throws a {@link Refusal} or an error of the library. */
export type Action = (parameters: unknown) => unknown

export interface PageParts {
  /** The origin of the issuer. */
  readonly origin: string
  /** The actions by name: a POST to `/page/api/<name>`, with the parameters as JSON. */
  readonly actions: ReadonlyMap<string, Action>
  /** Sends events until the connection is closed. */
  readonly follow: (response: ServerResponse) => void
  /** Called for each request that is neither for the page nor for the issuer. It is answered with 404. */
  readonly onUnknown: (request: IncomingMessage) => void
}

const apiPath = '/page/api/'

/** The page for people and its interface, which only that page may use. */
export async function createPage(parts: PageParts): Promise<RequestListener> {
  const assets = await readAssets()
  return (request, response) => {
    answer(request, response, assets, parts).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendRefusal(response, error instanceof Refusal ? error : new Refusal(400, messageOf(error)))
    })
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  assets: ReadonlyMap<string, Asset>,
  { origin, actions, follow, onUnknown }: PageParts,
): Promise<void> {
  if (!namesThisServer(request, origin)) throw new Refusal(421, `This is ${origin}, and not the host in the request.`)
  const [path = ''] = (request.url ?? '').split('?', 1)
  if (!path.startsWith('/page/') && !assets.has(path)) onUnknown(request)
  if (!path.startsWith(apiPath)) return sendAsset(request, response, assets.get(path))
  if (!isFromOwnPage(request)) throw new Refusal(403, 'Only the page of this issuer may use its interface.')
  const name = path.slice(apiPath.length)
  if (name === 'events') return follow(allowed(request, response, ['GET']))
  const action = actions.get(name)
  if (action === undefined) throw new Refusal(404, 'There is no such action.')
  allowed(request, response, ['POST'])
  if (!isJson(request)) throw new Refusal(415, 'The Content-Type must be application/json.')
  sendJson(response, 200, await action(await readJson(request)))
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset | undefined): void {
  if (asset === undefined) throw new Refusal(404, 'Nothing is here.')
  allowed(request, response, ['GET', 'HEAD'])
  response.writeHead(200, { ...pageHeaders, 'Content-Type': asset.mediaType, 'Content-Length': asset.body.length })
  response.end(request.method === 'HEAD' ? undefined : asset.body)
}

function allowed(
  { method = '' }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): ServerResponse {
  if (methods.includes(method)) return response
  throw new Refusal(405, `The method must be ${methods.join(' or ')}.`, { Allow: methods.join(', ') })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
