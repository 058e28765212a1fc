import { once } from 'node:events'
import { request as httpRequest, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { RunningApp } from '../adapter.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { AppOptions, Scene, Stage } from '../stage.ts'
import { ask, me } from '../client.ts'
import type { Cases } from './case.ts'

/** What became of the response while the request waited. */
const endings: Readonly<Record<string, (response: ServerResponse, leave: () => Promise<void>) => unknown>> = {
  'the headers were sent': (response) => response.writeHead(202).write('early'),
  'another answer was sent': (response) => response.writeHead(202).end('early'),
  'the client has gone': (_response, leave) => leave(),
}

interface Wait {
  /** The path of the request. Default `/me`. */
  readonly path?: string
  /** An app that waits for `pause()` in one of its callbacks. */
  readonly options: (pause: () => Promise<void>) => AppOptions
}

async function fail(): Promise<never> {
  throw new Error('the store is down')
}

/** Each callback that a request waits for, with each way in which it can end. */
const waits: Readonly<Record<string, Wait>> = {
  ...verdicts('isRevoked', (verdict) => ({
    options: (pause) => ({ verify: { isRevoked: () => pause().then(verdict) } }),
  })),
  ...verdicts('the predicate of requireClaims', (verdict) => ({
    path: '/asked',
    options: (pause) => ({ predicate: () => pause().then(verdict) }),
  })),
  'isRevoked, which says yes, with respond: true': {
    options: (pause) => ({ verify: { respond: true, isRevoked: () => pause().then(() => true) } }),
  },
  'the predicate of requireClaims, which says no, with respond: true': {
    path: '/asked',
    options: (pause) => ({ verify: { respond: true }, predicate: () => pause().then(() => false) }),
  },
  'a token source, which finds none': {
    options: (pause) => ({ verify: { tokenSource: () => pause().then(() => undefined) } }),
  },
  'a token source, which fails': {
    options: (pause) => ({ verify: { tokenSource: () => pause().then(fail) } }),
  },
  'the JWKS, which is unusable': {
    options: (pause) => ({ verify: { fetch: async () => pause().then(() => new Response('junk')) } }),
  },
  'the keys of the JWKS route': {
    path: '/.well-known/jwks.json',
    options: (pause) => ({ keys: publisher(() => pause().then(() => ({ keys: [] }))), jwks: { include: 'all' } }),
  },
  'the keys of the JWKS route, which fail': {
    path: '/.well-known/jwks.json',
    options: (pause) => ({ keys: publisher(() => pause().then(fail)), jwks: { include: 'all' } }),
  },
}

/** An outcome that comes when nothing can be answered any more harms nobody: neither the process nor other requests. */
export const lateOutcomeCases: Cases = Object.fromEntries(
  Object.entries(waits).flatMap(([waitedFor, wait]) =>
    Object.entries(endings).map(([ending, end]) => [
      `${ending} during a wait for ${waitedFor}`,
      (stage: Stage) => endsDuring(stage, wait, end),
    ]),
  ),
)

async function endsDuring(stage: Stage, { path = '/me', options }: Wait, end: Ending): Promise<void> {
  const wait = pausing()
  const scene = await stage.own({ ownErrorHandler: true, ...options(wait.pause) })
  const { response, leave } = await received(scene, path)
  await wait.begun
  await end(response, leave)
  wait.end()
  // An error that nobody handles fails the test by itself, in the turns of the loop that follow.
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  response.end()
  assertOutcome(await ask(scene.app.server, { path: '/public' }), outcomes.passes)
}

type Ending = (typeof endings)[string]

interface Received {
  /** The server's. */
  readonly response: ServerResponse
  /** Lets the client go away, and waits until the server has noticed. */
  readonly leave: () => Promise<void>
}

/** Sends a request with a good token, and waits until the server has it. */
async function received({ app, issuer }: Scene, path: string): Promise<Received> {
  const arrival = responseOfNext(app)
  const { headers = {} } = me(`Bearer ${await issuer.issue()}`)
  const { port } = app.server.address() as AddressInfo
  const sent = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false })
  // However it ends for this client, with an early answer or a cut connection: only the server is watched.
  sent.on('error', () => undefined).on('response', (answer) => answer.on('error', () => undefined).resume())
  sent.end()
  const response = await arrival
  const leave = async (): Promise<void> => {
    const closed = once(response, 'close')
    sent.destroy()
    await closed
  }
  return { response, leave }
}

function responseOfNext({ server }: RunningApp): Promise<ServerResponse> {
  return new Promise((resolve) => {
    server.prependOnceListener('request', (_request, response) => resolve(response))
  })
}

function verdicts(name: string, waitWith: (verdict: () => Promise<boolean>) => Wait): Record<string, Wait> {
  return {
    [`${name}, which says no`]: waitWith(async () => false),
    [`${name}, which says yes`]: waitWith(async () => true),
    [`${name}, which fails`]: waitWith(fail),
  }
}

function publisher(publishedJwks: () => Promise<{ keys: [] }>): AppOptions['keys'] & object {
  return { publishedJwks, nextKeyChange: () => Infinity }
}

function pausing(): { begun: Promise<void>; pause: () => Promise<void>; end: () => void } {
  let begin!: () => void
  let end!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const pause = (): Promise<void> => {
    begin()
    return ended
  }
  return { begun, pause, end: () => end() }
}
