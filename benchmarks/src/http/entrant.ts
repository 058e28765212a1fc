import type { Contest } from './contest.ts'
import { connections, load, type LoadSample } from './load.ts'
import { faultOf } from './probe.ts'
import { type ProtectedServer, startServer } from './server.ts'
import type { Setup, Subject } from './subject.ts'
import { TokenStripes } from './token-stripes.ts'

type Role = Subject<unknown>['role']

const noSample: LoadSample = { rate: Number.NaN, p99: Number.NaN, requests: 0 }

/** A server in a contest. After its first wrong answer it gets no more load, and its fault is kept. */
export class Entrant {
  readonly name: string
  readonly role: Role
  #fault: string | undefined
  #server: ProtectedServer | undefined
  readonly #stripes: TokenStripes

  private constructor(name: string, role: Role, tokens: readonly string[]) {
    this.name = name
    this.role = role
    this.#stripes = new TokenStripes(tokens, connections)
  }

  /** Starts the server and probes it with a good and a tampered token. */
  static async start(name: string, role: Role, { framework, issuer, tokens }: Contest, setup: Setup): Promise<Entrant> {
    const entrant = new Entrant(name, role, tokens)
    await entrant.#unlessFaulty(async () => {
      const server = await startServer(framework, name, setup)
      entrant.#server = server
      if (role !== 'none') entrant.#fault = await faultOf(server.url, await issuer.issue())
    })
    return entrant
  }

  get fault(): string | undefined {
    return this.#fault
  }

  async load(milliseconds: number): Promise<LoadSample> {
    const taken = await this.#unlessFaulty((url) => load(url, this.#stripes, milliseconds))
    return taken ?? noSample
  }

  stop(): void {
    this.#server?.stop()
  }

  async #unlessFaulty<T>(step: (url: string) => Promise<T>): Promise<T | undefined> {
    if (this.#fault !== undefined) return undefined
    try {
      return await step(this.#server?.url ?? '')
    } catch (error) {
      this.#fault = (error as Error).message
      return undefined
    }
  }
}
