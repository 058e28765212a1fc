import type { Revocations } from '@bearerkit/core'
import { createDpopClient, type DpopClient } from '@bearerkit/testing'
import type { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { clockTolerance } from '../deployment.ts'
import { type Issuing, SoakToken } from './soak-token.ts'

export interface TokenSettings {
  readonly issuers: readonly Issuing[]
  readonly revocations: Revocations
  readonly random: SeededRandom
  /** In milliseconds. */
  readonly tokenLifetime: number
  /** How long after a revocation all servers know of it, in milliseconds. */
  readonly noticedWithin: number
}

const clientCount = 20
/** How many expired tokens, and how many revoked ones, are kept to be sent again. */
const mostKept = 500

/** The tokens of all users: those that are good, and those that ended a short time ago. */
export class Tokens {
  readonly #settings: TokenSettings
  readonly #clients: readonly DpopClient[]
  #good: SoakToken[] = []
  #expired: SoakToken[] = []
  #revoked: SoakToken[] = []
  #users = 0

  private constructor(settings: TokenSettings, clients: readonly DpopClient[]) {
    this.#settings = settings
    this.#clients = clients
  }

  static async for(settings: TokenSettings): Promise<Tokens> {
    const clients = Array.from({ length: clientCount }, () => createDpopClient())
    return new Tokens(settings, await Promise.all(clients))
  }

  /** Issues tokens of new users: of each issuer one for bearers, one that is bound to a key, and one with less scope. */
  async issue(): Promise<void> {
    const { issuers, random, tokenLifetime } = this.#settings
    const sub = `user-${(this.#users += 1)}`
    const client = random.pick(this.#clients)
    const uses = [
      { client: undefined, hasScope: true },
      { client, hasScope: true },
      { client: random.pick([client, undefined]), hasScope: false },
    ]
    for (const issuer of issuers)
      for (const use of uses) this.#good.push(await SoakToken.issue(issuer, sub, use, tokenLifetime))
  }

  /** Returns a token that is good unless its key is gone. */
  good(): SoakToken | undefined {
    return this.#pick(this.#good)
  }

  expired(): SoakToken | undefined {
    return this.#pick(this.#expired)
  }

  revoked(): SoakToken | undefined {
    return this.#pick(this.#revoked)
  }

  async revokeToken(): Promise<void> {
    const token = this.good()
    if (token === undefined) return
    const { jti, issuer } = token
    await this.#revoke([token], { jti, iss: issuer.url, until: token.expiresAt })
  }

  /** A user has no further tokens, so it does not matter that those of the same second are revoked too. */
  async revokeUser(): Promise<void> {
    const token = this.good()
    if (token === undefined) return
    const { sub, issuer } = token
    const all = this.#good.filter((one) => one.sub === sub && one.issuer === issuer)
    await this.#revoke(all, { sub, iss: issuer.url, until: Math.max(...all.map(({ expiresAt }) => expiresAt)) })
  }

  /** Takes the tokens that have expired from the good ones. */
  removeExpired(): void {
    const now = Date.now()
    const [expired, good] = parted(this.#good, ({ expiresAt }) => expiresAt + clockTolerance < now)
    this.#good = good
    this.#expired = [...this.#expired, ...expired].slice(-mostKept)
  }

  async #revoke(tokens: readonly SoakToken[], revocation: Parameters<Revocations['revoke']>[0]): Promise<void> {
    const { revocations, noticedWithin } = this.#settings
    for (const { revoked } of tokens) revoked.begin(Date.now())
    this.#good = this.#good.filter((one) => !tokens.includes(one))
    this.#revoked = [...this.#revoked, ...tokens].slice(-mostKept)
    await revocations.revoke(revocation)
    for (const { revoked } of tokens) revoked.complete(Date.now() + noticedWithin)
  }

  #pick(tokens: readonly SoakToken[]): SoakToken | undefined {
    return tokens.length === 0 ? undefined : this.#settings.random.pick(tokens)
  }
}

function parted<T>(list: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  const parts: [T[], T[]] = [[], []]
  for (const one of list) parts[isFirst(one) ? 0 : 1].push(one)
  return parts
}
