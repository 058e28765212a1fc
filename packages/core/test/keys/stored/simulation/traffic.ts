import type { SeededRandom } from '../../../support/seeded-random.ts'
import type { SimulatedFleet } from './fleet.ts'
import { clockSkew } from './plan.ts'
import type { IssuedToken } from './rules/token-rules.ts'
import { kid, type ServiceProcess } from './service-process.ts'

const mostTokens = 200
/** For how long tokens of a destroyed key are presented, in milliseconds. */
const longestGrudge = 15 * 60_000
/** At most one in so many milliseconds on each instance: a kid that it does not know is charged to a budget. */
const probeInterval = 25_000

/** Tokens that are issued and verified all over the fleet. */
export class Traffic {
  readonly #fleet: SimulatedFleet
  readonly #random: SeededRandom
  #tokens: IssuedToken[] = []
  /** One token of each version that is gone. */
  #dead: IssuedToken[] = []
  readonly #probed = new WeakMap<ServiceProcess, number>()

  constructor(fleet: SimulatedFleet, random: SeededRandom) {
    this.#fleet = fleet
    this.#random = random
  }

  /** Some of it, at this moment. */
  flow(): void {
    const { awake, announcements } = this.#fleet
    if (awake.length === 0) return
    const [a, b, c, d] = [1, 2, 3, 4].map(() => this.#random.pick(awake)) as [
      ServiceProcess,
      ServiceProcess,
      ServiceProcess,
      ServiceProcess,
    ]
    this.#fleet.spawn(this.#pass(a, b))
    this.#sort()
    const [oldest] = this.#tokens
    if (oldest !== undefined) {
      this.#verify(c, this.#random.pick(this.#tokens))
      this.#verify(d, oldest)
    }
    this.#fleet.spawn(announcements.fetch(this.#random.pick(awake)))
    this.#probe()
  }

  /** A token of one instance is accepted by another, at once. */
  async #pass(from: ServiceProcess, to: ServiceProcess): Promise<void> {
    const token = await this.#fleet.rules.issue(from)
    if (token === undefined) return
    this.#tokens.push(token)
    if (!to.isSuspended) await this.#fleet.rules.verify(to, token)
  }

  #verify(process: ServiceProcess, token: IssuedToken): void {
    this.#fleet.spawn(this.#fleet.rules.verify(process, token))
  }

  /** Presents what must be refused. */
  #probe(): void {
    const { now } = this.#fleet.time
    for (const process of this.#fleet.awake) {
      const due = this.#dead.filter(({ version: { goneAt = Infinity } }) => now > process.knowsBy(goneAt))
      if (now < (this.#probed.get(process) ?? 0) + probeInterval) continue
      const token = due.at(-1)
      if (token === undefined && this.#random.chance(0.95)) continue
      this.#probed.set(process, now)
      if (token !== undefined) this.#verify(process, token)
      else this.#fleet.spawn(this.#fleet.rules.verifyForged(process, this.#forged()))
    }
  }

  #forged(): string {
    const [, ...rest] = (this.#tokens[0]?.text ?? '..').split('.')
    const header = { alg: 'Ed25519', typ: 'at+jwt', kid: `${kid}.${Math.floor(this.#random.between(5000, 9000))}` }
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
  }

  /** Keeps those that are good, and for some time one of each key that is gone. */
  #sort(): void {
    const { now } = this.#fleet.time
    const killed = this.#tokens.filter(({ version }) => version.goneAt !== undefined)
    for (const token of killed) if (!this.#dead.some(({ version }) => version === token.version)) this.#dead.push(token)
    const isGood = ({ version, expiresAt }: IssuedToken): boolean => version.isGood && now < expiresAt - clockSkew
    this.#tokens = this.#tokens.filter(
      (token) => isGood(token) || (!token.version.isGood && token.version.goneAt === undefined),
    )
    if (this.#tokens.length > mostTokens) this.#tokens = this.#tokens.filter((_, index) => index % 2 === 0)
    this.#dead = this.#dead.filter(({ version: { goneAt = 0 } }) => now < goneAt + longestGrudge)
  }
}
