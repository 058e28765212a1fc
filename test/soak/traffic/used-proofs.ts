import type { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { flaw } from './change.ts'
import type { SoakRequest } from './requests.ts'

const mostKept = 500
/** Well within the lifetime of proofs: later, a proof would be too old rather than replayed. In milliseconds. */
const replayedWithin = 30_000

/** Requests that were answered with 200 and had a proof, so that each proof is spent on all servers. */
export class UsedProofs {
  readonly #random: SeededRandom
  #used: { readonly request: SoakRequest; readonly at: number }[] = []

  constructor(random: SeededRandom) {
    this.#random = random
  }

  add(request: SoakRequest): void {
    this.#used.push({ request, at: Date.now() })
    if (this.#used.length > 2 * mostKept) this.#used = this.#used.slice(-mostKept)
  }

  /** Returns one of the requests with the same proof. */
  again(): SoakRequest | undefined {
    const used = this.#used.length === 0 ? undefined : this.#random.pick(this.#used)
    if (used === undefined || used.at + replayedWithin < Date.now()) return undefined
    const { request } = used
    const replayed = flaw('401 dpop_proof_replayed')
    return {
      ...request,
      kind: 'replayed proof',
      obstaclesAt: (server) => [replayed, ...request.obstaclesAt(server)],
    }
  }
}
