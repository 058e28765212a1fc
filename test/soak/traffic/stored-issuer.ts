import { createPublicKey } from 'node:crypto'
import { type BearerKitError, StoredKeyProvider, TokenIssuer } from '@bearerkit/core'
import { redisStore, type RedisClient } from '@bearerkit/redis'
import { createForge } from '../../../packages/testing/src/tokens/forge.ts'
import { createForgedTokens } from '../../../packages/testing/src/tokens/forged-tokens.ts'
import { audience, encryptionKeys, ownIssuer, type SharedStore } from '../deployment.ts'
import type { Obstacle } from './change.ts'
import { forgeries } from './forgeries.ts'
import { KeyStates } from './key-states.ts'
import { type Issuing, kidOf } from './soak-token.ts'

const kid = 'soak'
const alg = 'Ed25519'
const fewestKeys = 2

/** An issuer whose keys are in the store that it shares with the servers. */
export class StoredIssuer implements Issuing {
  readonly name = 'stored'
  readonly url = ownIssuer
  readonly forgeries: Issuing['forgeries']
  readonly #keys: StoredKeyProvider
  readonly #tokens: TokenIssuer
  /** The same for all servers. */
  readonly #states = new KeyStates()
  readonly #noticedWithin: number

  private constructor(keys: StoredKeyProvider, noticedWithin: number) {
    this.#keys = keys
    this.#noticedWithin = noticedWithin
    this.#tokens = new TokenIssuer({ keys, issuer: ownIssuer, audience })
    const forge = createForge(() => this.issue({ sub: 'user-1' }, {}), keys)
    const publicKey = async () => createPublicKey({ key: await keys.getPublicJwk(kid), format: 'jwk' })
    const forged = createForgedTokens({ forge, alg, clock: { now: () => Date.now() }, publicKey })
    this.forgeries = forgeries(forged)
  }

  /** @param noticedWithin how long after a change all servers know of it, in milliseconds */
  static async open(client: RedisClient, { prefix }: SharedStore, noticedWithin: number): Promise<StoredIssuer> {
    const keys = await StoredKeyProvider.open({
      store: redisStore(client, { prefix: `${prefix}keys:` }),
      encryptionKeys,
    })
    const issuer = new StoredIssuer(keys, noticedWithin)
    issuer.#added((await keys.ensureKey({ alg, kid })).publishedKid)
    return issuer
  }

  readonly issue: Issuing['issue'] = async (claims, options) => {
    const token = await this.#tokens.issue(claims, options)
    // The key may have been made a moment ago.
    this.#states.of(kidOf(token)).added.begin(Date.now())
    return token
  }

  obstacles(kidOfToken: string): readonly Obstacle[] {
    return [this.#states.unknown(kidOfToken)]
  }

  async announceKey(activateAfter: number): Promise<void> {
    this.#added((await this.#keys.rotateKey(kid, { activateAfter: `${activateAfter}ms` })).publishedKid)
  }

  async replaceKey(): Promise<void> {
    this.#added((await this.#keys.rotateKey(kid)).publishedKid)
  }

  async destroyOldestKey(): Promise<void> {
    const [oldest, ...others] = await this.#keys.listVersions(kid)
    if (others.length >= fewestKeys) await this.#destroy(oldest)
  }

  /** Signs with a new key, and destroys the one that has leaked. */
  async leak(): Promise<void> {
    const leaked = (await this.#keys.listVersions(kid)).at(-1)
    await this.replaceKey()
    await this.#destroy(leaked)
  }

  async close(): Promise<void> {
    await this.#keys.close()
  }

  #added(publishedKid: string): void {
    const { added } = this.#states.of(publishedKid)
    added.begin(Date.now())
    added.complete(Date.now() + this.#noticedWithin)
  }

  async #destroy(version: number | undefined): Promise<void> {
    const { removed } = this.#states.of(`${kid}.${version}`)
    removed.begin(Date.now())
    await this.#keys.destroyKey(kid, version)
    removed.complete(Date.now() + this.#noticedWithin)
  }
}

/** Returns true if a key was destroyed or retired while it was used to forge a token. */
export function isKeyGone(error: unknown): boolean {
  const { code } = error as Partial<BearerKitError>
  return code === 'key_not_found' || code === 'key_use_forbidden'
}
