import type { RequestListener, ServerResponse } from 'node:http'
import type { Clock } from '@bearerkit/core'
import { createDpopClient, createTestIssuer, type TestClient, type TestIssuer } from '@bearerkit/testing'
import { localOrigin } from './listening.ts'
import { actionsOn } from './page/actions.ts'
import { pageHeaders } from './page/answers.ts'
import { explaining } from './page/explaining.ts'
import { FaultSwitch } from './page/faults.ts'
import { LiveEvents } from './page/live-events.ts'
import { LiveLog } from './page/live-log.ts'
import { createPage } from './page/page.ts'
import { PublishedKeys } from './page/published-keys.ts'
import { tokenKinds } from './page/token-kinds.ts'

export interface DevelopmentIssuerOptions {
  /** 0: a free one. */
  readonly port: number
  readonly host: string
  /** The origin in the URLs of the issuer, with a `port` other than 0. Default: where it listens. */
  readonly origin?: string | undefined
  readonly audience: string
  readonly alg: string
  readonly client: Partial<TestClient>
  /** Default: the system clock. */
  readonly clock?: Clock | undefined
}

/** A test issuer with a page for people. It keeps no process alive. */
export class DevelopmentIssuer {
  readonly issuer: TestIssuer
  readonly #clock: Clock
  readonly #events = new LiveEvents()
  readonly #faults: FaultSwitch
  readonly #keys: PublishedKeys
  readonly #log: LiveLog

  private constructor(issuer: TestIssuer, clock: Clock) {
    this.issuer = issuer
    this.#clock = clock
    this.#faults = new FaultSwitch(issuer)
    this.#keys = new PublishedKeys(issuer.keys, clock, () => this.#tellState())
    this.#log = new LiveLog(issuer.requests, clock, (entry) => this.#events.send('request', entry))
  }

  /**
   * @throws ConfigurationError naming the option
   * @throws Error of Node if it cannot listen, with a `code` such as `EADDRINUSE`
   */
  static async start({ origin, clock, ...options }: DevelopmentIssuerOptions): Promise<DevelopmentIssuer> {
    // The page needs the issuer, which listens before there is a page.
    let page: RequestListener = (_, response) => void response.writeHead(503, { 'Retry-After': '1' }).end()
    const issuer = await createTestIssuer({
      ...options,
      ...(origin !== undefined && { origin }),
      ...(clock && { clock }),
      otherwise: (request, response) => page(request, response),
    })
    const started = new DevelopmentIssuer(issuer, clock ?? { now: () => Date.now() })
    page = await started.#page(origin === undefined ? issuer.issuer : localOrigin(options.host, options.port))
    return started
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#keys.close()
    this.#log.close()
    await this.issuer.close()
  }

  /** @param local the origin at which this process reaches the issuer */
  async #page(local: string): Promise<RequestListener> {
    const { issuer } = this
    return createPage({
      origin: new URL(issuer.issuer).origin,
      follow: (response) => void this.#follow(response),
      onUnknown: ({ method = '', url = '', headers }) => {
        void this.#log.record({ method, path: url, headers }, Promise.resolve(404))
      },
      actions: actionsOn({
        issuer,
        keys: this.#keys,
        faults: this.#faults,
        log: this.#log,
        dpopClient: await createDpopClient({ clock: this.#clock }),
        explain: explaining(issuer, local, this.#clock),
        onChange: () => this.#tellState(),
      }),
    })
  }

  async #follow(response: ServerResponse): Promise<void> {
    this.#events.open(response, pageHeaders)
    this.#events.sendTo(response, 'issuer', descriptionOf(this.issuer))
    this.#events.sendTo(response, 'log', this.#log.entries)
    this.#events.sendTo(response, 'state', await this.#state())
  }

  #tellState(): void {
    void this.#state().then((state) => this.#events.send('state', state))
  }

  /** What changes while the issuer runs. */
  async #state(): Promise<object> {
    return { now: this.#clock.now(), keys: await this.#keys.list(), fault: this.#faults.current ?? null }
  }
}

/** What stays the same while the issuer runs. */
function descriptionOf({ issuer, audience, client }: TestIssuer): object {
  const kinds = tokenKinds.map(({ name, group, label, uses }) => ({ name, group, label, uses }))
  return { issuer, audience, client, kinds }
}
