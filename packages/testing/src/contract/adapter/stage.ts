import type { TestIssuerOptions } from '../../issuer/issuer-options.ts'
import { createTestIssuer } from '../../issuer/listening-issuer.ts'
import type { TestIssuer } from '../../issuer/test-issuer.ts'
import type { ContractAppOptions, RunningApp, StartContractApp } from './adapter.ts'
import { ask, type ContractAnswer, me } from './client.ts'

/** Two issuers. An app trusts only the first, unless its options say otherwise. */
export interface Cast {
  readonly issuer: TestIssuer
  readonly other: TestIssuer
}

/** The differences between an app and the standard one. `verify` extends or overrides issuer and audience. */
export type AppOptions = Partial<ContractAppOptions>
export type AppOptionsFor = AppOptions | ((cast: Cast) => AppOptions)

export interface Scene extends Cast {
  readonly app: RunningApp
  /** Requests `/me` with the token. */
  readonly bearing: (token: string) => Promise<ContractAnswer>
}

/** Starts and closes issuers and apps. */
export class Stage {
  readonly #start: StartContractApp
  readonly #open: Closable[] = []
  readonly #openForOne: Closable[] = []
  readonly #shared = new Map<AppOptionsFor, Promise<RunningApp>>()
  #cast: Promise<Cast> | undefined

  constructor(start: StartContractApp) {
    this.#start = start
  }

  /** For cases that change nothing. All share the same issuers, and cases with the same options share an app. */
  async shared(options: AppOptionsFor = standard): Promise<Scene> {
    this.#cast ??= makeCast(this.#open, {})
    const cast = await this.#cast
    const starting = this.#shared.get(options) ?? this.#startApp(this.#open, cast, options)
    this.#shared.set(options, starting)
    return sceneOf(cast, await starting)
  }

  /** For cases that change something. */
  async own(options: AppOptionsFor = standard, issuerOptions: TestIssuerOptions = {}): Promise<Scene> {
    const cast = await makeCast(this.#openForOne, issuerOptions)
    return sceneOf(cast, await this.#startApp(this.#openForOne, cast, options))
  }

  /** Closes the issuers and apps of one case. */
  async endOwn(): Promise<void> {
    await closeAll(this.#openForOne)
  }

  async end(): Promise<void> {
    await this.endOwn()
    await closeAll(this.#open)
  }

  async #startApp(open: Closable[], cast: Cast, options: AppOptionsFor): Promise<RunningApp> {
    const { verify, ...rest } = typeof options === 'function' ? options(cast) : options
    const { issuer, audience, keys } = cast.issuer
    const app = await this.#start({
      keys,
      jwks: {},
      metadata: undefined,
      backChannel: undefined,
      predicate: () => true,
      parsesForms: false,
      ownErrorHandler: false,
      tls: undefined,
      ...rest,
      verify: { ...(namesIssuers(verify) ? {} : { issuer }), audience, ...verify },
    })
    open.push(app)
    return app
  }
}

const standard: AppOptions = {}

interface Closable {
  close(): Promise<void>
}

async function makeCast(open: Closable[], options: TestIssuerOptions): Promise<Cast> {
  const [issuer, other] = await Promise.all([createTestIssuer(options), createTestIssuer()])
  open.push(issuer, other)
  return { issuer, other }
}

async function closeAll(open: Closable[]): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()))
}

function namesIssuers(verify: AppOptions['verify']): boolean {
  return verify?.issuers !== undefined || verify?.resolveIssuer !== undefined
}

function sceneOf(cast: Cast, app: RunningApp): Scene {
  return { ...cast, app, bearing: (token) => ask(app.server, me(`Bearer ${token}`)) }
}
