import assert from 'node:assert/strict'
import type { IntrospectionHandlerOptions, LogoutHandlerOptions, RevocationHandlerOptions } from '@bearerkit/core'
import { ask, type ContractAnswer, type ContractRequest } from '../client.ts'
import type { BackChannelOptions } from '../back-channel-routes.ts'
import { RecordedRevocations } from '../recorded-revocations.ts'
import { logoutClient } from '../rows/logout-rows.ts'
import type { AppOptions, AppOptionsFor, Cast, Scene, Stage } from '../stage.ts'

export interface BackChannelScene extends Scene {
  readonly revocations: RecordedRevocations
  /** The reasons that `onFailure` was told, by code. */
  readonly failures: string[]
  /** Posts a form to a path. */
  readonly post: (path: string, parameters: Form, more?: Partial<ContractRequest>) => Promise<ContractAnswer>
}

export type Form = Readonly<Record<string, string>>

export interface BackChannelChange {
  readonly logout?: Partial<LogoutHandlerOptions>
  readonly revocation?: Partial<RevocationHandlerOptions>
  readonly introspection?: Partial<IntrospectionHandlerOptions>
  readonly app?: AppOptions
}

/** The options of an app, and what it records. */
interface BackChannelApp {
  readonly options: AppOptionsFor
  readonly revocations: RecordedRevocations
  readonly failures: string[]
}

type BackChannelChangeFor = BackChannelChange | ((cast: Cast) => BackChannelChange)

/** Clients authenticate with the header `x-secret`. */
function backChannelApp(change: BackChannelChangeFor = {}): BackChannelApp {
  const revocations = new RecordedRevocations()
  const failures: string[] = []
  const onFailure = (error: Error & { code?: string }): void => void failures.push(String(error.code))
  const options: AppOptionsFor = (cast) => {
    const { issuer, audience } = cast.issuer
    const { logout, revocation, introspection, app } = typeof change === 'function' ? change(cast) : change
    const backChannel: BackChannelOptions = {
      revocations,
      logout: { issuer, clientId: logoutClient, onFailure, ...logout },
      revocation: {
        verification: { issuer, audience },
        authenticate: ({ headers }) => headers['x-secret'] === 'secret',
        onFailure,
        ...revocation,
      },
      introspection: {
        verification: { issuer, audience: null },
        authenticate: ({ headers }) => headers['x-secret'] === 'secret',
        onFailure,
        ...introspection,
      },
    }
    return { backChannel, ...app }
  }
  return { options, revocations, failures }
}

/** Starts an app for one case. */
export async function backChannelScene(stage: Stage, change?: BackChannelChangeFor): Promise<BackChannelScene> {
  const app = backChannelApp(change)
  return sceneOf(app, await stage.own(app.options))
}

const shared = new Map<Partial<LogoutHandlerOptions> | undefined, BackChannelApp>()

/** The app of all cases with these options of `logoutHandler`. What earlier cases have recorded is cleared. */
export async function sharedBackChannel(
  stage: Stage,
  logout?: Partial<LogoutHandlerOptions>,
): Promise<BackChannelScene> {
  const app = shared.get(logout) ?? backChannelApp(logout && { logout })
  shared.set(logout, app)
  app.revocations.revoked.length = 0
  app.failures.length = 0
  return sceneOf(app, await stage.shared(app.options))
}

function sceneOf({ revocations, failures }: BackChannelApp, scene: Scene): BackChannelScene {
  const post: BackChannelScene['post'] = (path, parameters, more) =>
    ask(scene.app.server, formRequest(path, parameters, more))
  return { ...scene, revocations, failures, post }
}

export function formRequest(path: string, parameters: Form, more: Partial<ContractRequest> = {}): ContractRequest {
  return {
    method: 'POST',
    path,
    body: new URLSearchParams(parameters).toString(),
    ...more,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more.headers },
  }
}

/** RFC 6749 §5.2: JSON with an error and a description, which no cache stores. */
export function assertRefused(answer: ContractAnswer, status: number, error?: string): ContractAnswer {
  assert.equal(answer.status, status)
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const body = JSON.parse(answer.body) as Form
  assert.deepEqual(Object.keys(body), ['error', 'error_description'])
  if (error !== undefined) assert.equal(body['error'], error)
  return answer
}
