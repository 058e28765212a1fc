import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyStoreCases } from '../case.ts'
import type { Instance } from '../instance.ts'

const patience = 5000

interface Watched {
  /** Calls so far. */
  readonly calls: number
  /** Waits for a call after this one. */
  next(): Promise<void>
  end(): Promise<void>
}

async function watched({ store }: Instance): Promise<Watched | undefined> {
  let calls = 0
  let told = (): void => undefined
  const end = await store.watch?.(() => {
    calls += 1
    told()
  })
  if (end === undefined) return undefined
  return {
    get calls() {
      return calls
    },
    async next() {
      const late = new AbortController()
      const call = new Promise<void>((resolve) => (told = resolve))
      const deadline = pause(patience, undefined, { signal: late.signal }).then(() => assert.fail('it did not tell'))
      await Promise.race([call, deadline.catch((error: unknown) => assert.ok(late.signal.aborted, error as Error))])
      late.abort()
    },
    end,
  }
}

/** A store without `watch` passes: its changes are found by polling. */
export const watchingCases: KeyStoreCases = {
  async 'that another instance has made, replaced or removed a record'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    await writer.create('orders', 'a')
    const watch = await watched(reader)
    if (watch === undefined) return
    try {
      for (const value of ['b', undefined, 'c'] as const) {
        const revision = (await writer.follow()).get('orders')?.revision
        const told = watch.next()
        if (value !== undefined) await writer.write({ id: 'orders', value, ifRevision: revision })
        else await writer.write({ id: 'orders', value, ifRevision: String(revision) })
        await told
        assert.equal((await reader.follow()).get('orders')?.value, value)
      }
    } finally {
      await watch.end()
    }
  },

  async 'every instance that watches'(connect) {
    const instances = [await connect(), await connect(), await connect()]
    const watches = (await Promise.all(instances.map(watched))).flatMap((watch) => watch ?? [])
    try {
      const told = watches.map((watch) => watch.next())
      await instances[0]?.create('orders', 'a')
      await Promise.all(told)
    } finally {
      await Promise.all(watches.map((watch) => watch.end()))
    }
  },

  async 'nothing once the watch has ended'(connect) {
    const [writer, reader, other] = [await connect(), await connect(), await connect()]
    const [ended, lasting] = [await watched(reader), await watched(other)]
    if (ended === undefined || lasting === undefined) return
    // Twice does no harm.
    await ended.end()
    await ended.end()
    try {
      const { calls } = ended
      const told = lasting.next()
      await writer.create('orders', 'a')
      await told
      assert.equal(ended.calls, calls)
    } finally {
      await lasting.end()
    }
  },
}
