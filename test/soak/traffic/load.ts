import type { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { type FrameworkName, frameworkNames } from '../deployment.ts'
import { Client } from './client.ts'
import { nextRequest, type SoakRequest, type Sources } from './requests.ts'
import type { Exchange } from './tally.ts'

/** A port for each server. */
export type Ports = Readonly<Record<FrameworkName, number>>

export interface LoadOptions {
  readonly ports: Ports
  readonly random: SeededRandom
  /** Requests per second, of all servers together. */
  readonly rate: number
  readonly sources: Sources
  readonly note: (exchange: Exchange) => void
}

/** How often requests are sent, in milliseconds. */
const tick = 4
/** While so many requests have no answer, no more are sent: connections and memory are limited. */
const mostUnderWay = 5000

/** Sends requests at a rate that does not depend on how fast they are answered. */
export class Load {
  readonly #options: LoadOptions
  readonly #kindDraw: SeededRandom
  readonly #serverDraw: SeededRandom
  readonly #client = new Client()
  readonly #underWay = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #sent = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#kindDraw = options.random.fork()
    this.#serverDraw = options.random.fork()
  }

  begin(): void {
    const begunAt = performance.now()
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begunAt) / 1000) * this.#options.rate)
      for (; this.#sent < due; this.#sent += 1) if (this.#underWay.size < mostUnderWay) this.#begin()
    }, tick)
  }

  /** Sends no more, and waits for the answers. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#underWay)
    this.#client.close()
  }

  #begin(): void {
    const ended = this.#exchange().finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
  }

  async #exchange(): Promise<void> {
    const { ports, sources, note } = this.#options
    const server = this.#serverDraw.pick(frameworkNames)
    const request = await nextRequest(this.#kindDraw, sources)
    if (request === undefined) return
    const sentAt = Date.now()
    const ended = await this.#client.send(ports[server], request.path, request.headers).catch((error: Error) => error)
    note({ server, request, ended, sentAt, answeredAt: Date.now() })
    if (isSpent(request, ended)) sources.usedProofs.add(request)
  }
}

function isSpent({ headers }: SoakRequest, ended: Exchange['ended']): boolean {
  return headers['dpop'] !== undefined && !(ended instanceof Error) && ended.status === 200
}
