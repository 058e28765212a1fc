import { ConfigurationError, KeyStoreUnavailableError } from '../../../../src/errors.ts'
import { StoredKeyProvider } from '../../../../src/keys/stored/stored-key-provider.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import type { SimulatedFleet } from './fleet.ts'
import { Instance } from './instance.ts'
import { recordOf } from './rules/ledger.ts'
import { mustHold } from './rules/token-rules.ts'
import { kid } from './service-process.ts'
import { StoreConnection } from './world/simulated-store.ts'

const second = 1000
const minute = 60 * second

/** How long an operator waits for an instance, which may be suspended or killed meanwhile. */
const patience = 30 * second

/** What operators do. Each method returns when it is over. */
export class Operators {
  readonly #fleet: SimulatedFleet
  readonly #random: SeededRandom
  readonly counts = { leaks: 0, losses: 0, rollouts: 0, spoiled: 0, visitors: 0 }
  #backups: ReadonlyMap<string, string>[] = []
  /** Operators do one of the rare things at a time. */
  #isOccupied = false

  constructor(fleet: SimulatedFleet, random: SeededRandom) {
    this.#fleet = fleet
    this.#random = random
  }

  async backUp(): Promise<void> {
    this.#backups = [...this.#backups, this.#fleet.store.backup()].slice(-3)
  }

  /** A key has leaked: see the runbook in docs/fleet.md. */
  async leak(): Promise<void> {
    await this.#alone(async () => {
      const { ledger } = this.#fleet
      const { living, newest } = ledger
      const victim = this.#random.pick(living)
      if (newest === undefined) return
      this.counts.leaks += 1
      if (victim === newest || living.length === 1) await this.#rotateByHand()
      await this.#destroy(victim.number)
    })
  }

  /** A key is replaced without notice, and nothing is destroyed. */
  async rotateAtOnce(): Promise<void> {
    await this.#alone(() => this.#rotateByHand())
  }

  /** The store was flushed, or restored from an old backup. */
  async loss(): Promise<void> {
    await this.#alone(async () => {
      const { store, ledger, time, awake } = this.#fleet
      const backup = this.#random.chance(0.5) ? this.#backups[0] : undefined
      if (store.weather.kind !== 'fair' || awake.length === 0) return
      this.counts.losses += 1
      this.#fleet.time.pass(3 * minute)
      await store.restore(backup ?? new Map())
      const back = await ledger.restored(backup ?? new Map())
      await time.wait(this.#random.between(1, 60) * second)
      if (backup === undefined) await Promise.all([1, 2, 3].map(() => this.#insist((keys) => keys.ensureKey(spec))))
      // The runbook: destroys what is back, and rotates what has lost versions.
      else await this.#rotateByHand()
      for (const { number } of back) await this.#destroy(number)
    })
  }

  /** Replaces the encryption key, as in docs/fleet.md. */
  async rollOut(): Promise<void> {
    await this.#alone(async () => {
      const [current] = this.#fleet.encryptionKeys as [Uint8Array]
      const next = this.#fleet.newEncryptionKey()
      this.counts.rollouts += 1
      await this.#deploy([current, next])
      await this.#deploy([next, current])
      await this.#insist((keys) => keys.reencrypt())
      while (this.#fleet.awake.some(({ keys }) => Object.keys(keys.health().encryptedWith).length > 1))
        await this.#wait(5 * second)
      this.#backups = []
      await this.#deploy([next])
    })
  }

  /** A record is spoiled. It is destroyed, or comes back as it was. */
  async spoil(): Promise<void> {
    await this.#alone(async () => {
      const { ledger, store } = this.#fleet
      const { newest, living } = ledger
      if (newest === undefined) return
      const retired = living.filter(({ number }) => number < newest.number - 1)
      const number =
        retired.length > 0 && this.#random.chance(0.5) ? this.#random.pick(retired).number : newest.number + 1
      const id = recordOf(number)
      const former = store.backup().get(id)
      this.counts.spoiled += 1
      ledger.spoiled(id)
      await store.forge(id, 'spoiled')
      await this.#wait(this.#random.between(10, 100) * second)
      if (former === undefined) await this.#mustNotRotate()
      await this.#wait(this.#random.between(1, 30) * second)
      ledger.unreadable.delete(id)
      if (former === undefined) await this.#insist((keys) => keys.destroyKey(kid, number))
      else await store.forge(id, former)
    })
  }

  /** An instance with another encryption key starts, and must refuse to. */
  async visit(): Promise<void> {
    const { store, time, ledger } = this.#fleet
    if (ledger.newest === undefined) return
    const instance = new Instance('visitor', time, this.#random.fork())
    const process = { isSuspended: false }
    const { random } = instance
    const connection = new StoreConnection({ store, time, instance, process, random, tellsNews: false })
    this.counts.visitors += 1
    this.#fleet.time.pass(5 * second)
    const opened = await StoredKeyProvider.open({ store: connection, encryptionKeys: [new Uint8Array(32)] }).catch(
      (error: unknown) => error,
    )
    store.disconnect(connection)
    mustHold(opened instanceof ConfigurationError, 'a store was opened with an encryption key that opens no record')
  }

  async #deploy(encryptionKeys: readonly Uint8Array[]): Promise<void> {
    this.#fleet.encryptionKeys = encryptionKeys
    for (const instance of this.#fleet.instances) {
      await this.#fleet.restart(instance, 'SIGTERM')
      await this.#wait(this.#random.between(1, 10) * second)
    }
  }

  async #rotateByHand(): Promise<void> {
    const { ledger } = this.#fleet
    const ifNewest = ledger.newest?.number
    if (ifNewest === undefined) return
    ledger.rotatingByHand += 1
    await this.#insist((keys) => keys.rotateKey(kid, { ifNewest }))
    // The ledger notes the write.
    await this.#wait(1)
    ledger.rotatingByHand -= 1
  }

  async #destroy(number: number): Promise<void> {
    const version = this.#fleet.ledger.numbered(number)
    if (version === undefined) return
    this.#fleet.ledger.doom(version)
    await this.#insist((keys) => keys.destroyKey(kid, number))
    await this.#wait(1)
    mustHold(version.goneAt !== undefined, `${kid}.${number} was destroyed, and the store still has it`)
    this.#fleet.time.pass(minute)
  }

  async #mustNotRotate(): Promise<void> {
    const process = this.#fleet.someAwake(this.#random)
    const attempt = process && this.#fleet.time.as(process, () => process.keys.rotateKey(kid))
    mustHold((await this.#inTime(attempt)) === undefined, 'a key was rotated whose newest record cannot be read')
  }

  /** Tries on one instance after the other. */
  async #insist<T>(act: (keys: StoredKeyProvider) => Promise<T>): Promise<T> {
    for (;;) {
      const process = this.#fleet.someAwake(this.#random)
      const attempt = process && this.#fleet.time.as(process, () => act(process.keys))
      const outcome = await this.#inTime(attempt)
      if (outcome !== undefined) return outcome
      await this.#wait(this.#random.between(2, 20) * second)
    }
  }

  async #inTime<T>(attempt: Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await Promise.race([attempt, this.#wait(patience).then(() => undefined)])
    } catch (error) {
      if (error instanceof KeyStoreUnavailableError) return undefined
      throw error
    }
  }

  async #alone(run: () => Promise<void>): Promise<void> {
    if (this.#isOccupied) return
    this.#isOccupied = true
    await run()
    this.#isOccupied = false
  }

  #wait(milliseconds: number): Promise<void> {
    this.#fleet.time.pass(milliseconds + second)
    return this.#fleet.time.wait(milliseconds)
  }
}

const spec = { alg: 'Ed25519', kid } as const
