import { Revocations } from '@bearerkit/core'
import { redisStore } from '@bearerkit/redis'
import { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { clients } from '../../../packages/redis/test/clients.ts'
import type { SharedStore } from '../deployment.ts'
import type { Happening } from '../plan.ts'
import { ForeignIssuer } from './foreign-issuer.ts'
import { ForgedTokens } from './forged-tokens.ts'
import type { Sources } from './requests.ts'
import { StoredIssuer } from './stored-issuer.ts'
import { Tokens } from './tokens.ts'
import { UsedProofs } from './used-proofs.ts'

/** Durations are in milliseconds. */
export interface SceneOptions {
  readonly store: SharedStore
  readonly seed: number
  readonly tokenLifetime: number
  /** How long after a revocation or a change of keys all servers know of it. */
  readonly noticedWithin: number
  /** Of the servers. */
  readonly staleIfError: number
}

type Doing = { readonly [W in Happening['what']]: (happening: Extract<Happening, { what: W }>) => unknown }

const usersAtFirst = 40

/** Both issuers, all tokens, and what happens to them. */
export class Scene {
  readonly foreign: ForeignIssuer
  readonly sources: Sources
  readonly #tokens: Tokens
  readonly #forged: ForgedTokens
  readonly #doing: Doing

  private constructor(foreign: ForeignIssuer, stored: StoredIssuer, tokens: Tokens, random: SeededRandom) {
    this.foreign = foreign
    this.#tokens = tokens
    this.#forged = new ForgedTokens(random.fork(), [foreign, stored])
    this.sources = {
      random: random.fork(),
      usedProofs: new UsedProofs(random.fork()),
      good: () => tokens.good(),
      expired: () => tokens.expired(),
      revoked: () => tokens.revoked(),
      forged: () => this.#forged.pick(),
    }
    this.#doing = {
      'issuer fails': ({ fault, only }) => foreign.fail(fault, only),
      'issuer recovers': () => foreign.recover(),
      'issuer announces a key': ({ activateAfter }) => foreign.announceKey(activateAfter),
      'issuer replaces its key at once': () => foreign.replaceKey(),
      'issuer removes its oldest key': () => foreign.removeOldestKey(),
      'stored key is announced': ({ activateAfter }) => stored.announceKey(activateAfter),
      'stored key is replaced at once': () => stored.replaceKey(),
      'oldest stored key is destroyed': () => stored.destroyOldestKey(),
      'stored key leaks': () => stored.leak(),
      'token is revoked': () => tokens.revokeToken(),
      'user is revoked': () => tokens.revokeUser(),
    }
  }

  static async open({ store, seed, tokenLifetime, noticedWithin, staleIfError }: SceneOptions): Promise<Scene> {
    const random = new SeededRandom(seed)
    const { client } = (await clients['redis 6']?.(store.url)) ?? {}
    if (client === undefined) throw new Error('there is no client of Redis')
    const foreign = await ForeignIssuer.open({ staleIfError, noticedWithin })
    const stored = await StoredIssuer.open(client, store, noticedWithin)
    const revocations = await Revocations.open({ store: redisStore(client, { prefix: `${store.prefix}revoked:` }) })
    const issuers = [foreign, stored]
    const tokens = await Tokens.for({ issuers, revocations, random: random.fork(), tokenLifetime, noticedWithin })
    const scene = new Scene(foreign, stored, tokens, random)
    for (let user = 0; user < usersAtFirst; user += 1) await scene.renew()
    return scene
  }

  async happen(happening: Happening): Promise<void> {
    await (this.#doing[happening.what] as (happening: Happening) => unknown)(happening)
  }

  /** Adds a user and some bad tokens, and removes what has expired. */
  async renew(): Promise<void> {
    this.#tokens.removeExpired()
    await this.#tokens.issue()
    await this.#forged.forge()
  }
}
