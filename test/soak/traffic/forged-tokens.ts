import type { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import type { FrameworkName } from '../deployment.ts'
import { flaw, type Obstacle } from './change.ts'
import { type Issuing, kidOf } from './soak-token.ts'
import { isKeyGone } from './stored-issuer.ts'

export interface ForgedToken {
  readonly text: string
  readonly obstaclesAt: (server: FrameworkName) => readonly Obstacle[]
}

/** Each is sent many times before others take its place. */
const mostKept = 200

/** Bad tokens in the name of the issuers. */
export class ForgedTokens {
  readonly #random: SeededRandom
  readonly #issuers: readonly Issuing[]
  #kept: ForgedToken[] = []

  constructor(random: SeededRandom, issuers: readonly Issuing[]) {
    this.#random = random
    this.#issuers = issuers
  }

  pick(): ForgedToken | undefined {
    return this.#kept.length === 0 ? undefined : this.#random.pick(this.#kept)
  }

  /** Makes one of a random kind for each issuer. */
  async forge(): Promise<void> {
    for (const issuer of this.#issuers) {
      const { make, answer } = this.#random.pick(issuer.forgeries)
      const text = await make().catch((error: unknown) => {
        // Its key was destroyed while it was made.
        if (isKeyGone(error)) return undefined
        throw error
      })
      if (text !== undefined) this.#keep(issuer, text, answer)
    }
  }

  #keep(issuer: Issuing, text: string, answer: string): void {
    const bad = flaw(answer)
    const kid = kidOf(text)
    this.#kept.push({ text, obstaclesAt: (server) => [bad, ...issuer.obstacles(kid, server)] })
    if (this.#kept.length > mostKept) this.#kept.shift()
  }
}
