import { once } from 'node:events'
import { request as httpRequest, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { RunningApp } from '../adapter.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { AppOptions, Scene, Stage } from '../stage.ts'
import { ask, me } from '../client.ts'
import type { Cases } from './case.ts'

/** The ways in which a response can end while the request waits. */
const endings: Readonly<Record<string, (response: ServerResponse, leave: () => Promise<void>) => unknown>> = {
  'the headers are sent': (response) => response.writeHead(202).write('early'),
  'another answer is sent': (response) => response.writeHead(202).end('early'),
  'the client disconnects': (_response, leave) => leave(),
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

/** Each callback that a request can wait for, with each of its outcomes. */
const waits: Readonly<Record<string, Wait>> = {
  ...verdicts('isRevoked', (verdict) => ({
    options: (pause) => ({ verify: { isRevoked: () => pause().then(verdict) } }),
  })),
  ...verdicts('the predicate of requireClaims', (verdict) => ({
    path: '/asked',
    options: (pause) => ({ predicate: () => pause().then(verdict) }),
  })),
  'isRevoked (returns true) with respond: true': {
    options: (pause) => ({ verify: { respond: true, isRevoked: () => pause().then(() => true) } }),
  },
  'the predicate of requireClaims (returns false) with respond: true': {
    path: '/asked',
    options: (pause) => ({ verify: { respond: true }, predicate: () => pause().then(() => false) }),
  },
  'a token source (finds nothing)': {
    options: (pause) => ({ verify: { tokenSource: () => pause().then(() => undefined) } }),
  },
  'a token source (rejects)': {
    options: (pause) => ({ verify: { tokenSource: () => pause().then(fail) } }),
  },
  'the JWKS (unusable)': {
    options: (pause) => ({ verify: { fetch: async () => pause().then(() => new Response('junk')) } }),
  },
  'the keys of the JWKS route': {
    path: '/.well-known/jwks.json',
    options: (pause) => ({ keys: publisher(() => pause().then(() => ({ keys: [] }))), jwks: { include: 'all' } }),
  },
  'the keys of the JWKS route (rejects)': {
    path: '/.well-known/jwks.json',
    options: (pause) => ({ keys: publisher(() => pause().then(fail)), jwks: { include: 'all' } }),
  },
}

/** An outcome after the response has ended must harm neither the process nor other requests. */
export const lateOutcomeCases: Cases = Object.fromEntries(
  Object.entries(waits).flatMap(([waitedFor, wait]) =>
    Object.entries(endings).map(([ending, end]) => [
      `is harmless if ${ending} during a wait for ${waitedFor}`,
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
  // Gives unhandled errors time to surface: they fail the test.
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  response.end()
  assertOutcome(await ask(scene.app.server, { path: '/public' }), outcomes.passes)
}

type Ending = (typeof endings)[string]

interface Received {
  /** The server's response object. */
  readonly response: ServerResponse
  /** Disconnects the client and waits until the server has noticed. */
  readonly leave: () => Promise<void>
}

/** Sends a request with a good token and waits until the server has received it. */
async function received({ app, issuer }: Scene, path: string): Promise<Received> {
  const arrival = responseOfNext(app)
  const { headers = {} } = me(`Bearer ${await issuer.issue()}`)
  const { port } = app.server.address() as AddressInfo
  const sent = httpRequest({ host: '127.0.0.1', port, path, headers, agent: false })
  // This client ignores its answer and errors: only the server's behaviour matters.
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
    [`${name} (returns false)`]: waitWith(async () => false),
    [`${name} (returns true)`]: waitWith(async () => true),
    [`${name} (rejects)`]: waitWith(fail),
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
