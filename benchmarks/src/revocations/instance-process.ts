// Started by growth.ts: an instance of a service that opens a store with revocations, and measures itself.
import { hash } from 'node:crypto'
import { fileStore, type KeyStore, type RevocableClaims, Revocations } from '@bearerkit/core'
import { redisStore } from '@bearerkit/redis'
import { createClient } from 'redis'
import { cpuTime } from '../cpu-time.ts'
import { LoopWatch } from '../loop-watch.ts'
import { sink } from '../pace.ts'
import { residentMegabytes } from '../resident-memory.ts'
import { median } from '../statistics.ts'
import { claimsOf, longestTokenLifetime, revocation } from './claims.ts'
import { revokeAll } from './filled-stores.ts'
import { type InstanceFigures, prefix } from './instance.ts'

const [, , kind = '', count = '', location = ''] = process.argv

/** Each holds the connection that it needs. */
const stores: Readonly<Record<string, () => Promise<KeyStore | undefined>>> = {
  'no store': async () => undefined,
  'file store': async () => fileStore(location),
  Redis: async () => redisStore(await createClient({ url: location }).connect(), { prefix: prefix(Number(count)) }),
}

const entries = Number(count)
const checkedTokens = 20_000
const turns = 15
const lengthOfToken = 700

const store = await stores[kind]?.()
const unknown = Array.from({ length: checkedTokens }, (_, index) => claimsOf(2 * entries + 10 * index))
const known = Array.from({ length: checkedTokens }, (_, index) =>
  claimsOf(Math.floor((index * entries) / checkedTokens)),
)
const texts = unknown.map((_, index) => Buffer.from(`${index}`.padStart(lengthOfToken, 'x')).toString('latin1'))
const before = await residentMegabytes()
const watch = new LoopWatch()
const [start, startCpu] = [performance.now(), cpuTime()]
const revocations = await Revocations.open({ store, longestTokenLifetime })
if (store === undefined) await revokeAll(revocations, 0, entries)
const [milliseconds, cpu] = [performance.now() - start, cpuTime() - startCpu]
const longestBlock = watch.end()
const peak = process.resourceUsage().maxRSS / 1024 - before
if (revocations.health().entries !== entries) throw new Error(`there are ${revocations.health().entries} revocations`)
const growth = (await residentMegabytes()) - before
const firstRevocation = await timeOf(() => revocations.revoke(revocation(entries)))
const figures: InstanceFigures = {
  milliseconds,
  cpu,
  longestBlock,
  peak: Math.max(0, peak),
  growth: Math.max(0, growth),
  firstRevocation,
  check: nanosecondsOf(unknown, checking(false)),
  checkOfRevoked: nanosecondsOf(known, checking(true)),
  digest: nanosecondsOf(texts, (text) => hash('sha256', text, 'binary')),
}
process.send?.(figures, () => process.exit())

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await run()
  return performance.now() - begin
}

function checking(expected: boolean): (claims: RevocableClaims) => unknown {
  return (claims) => {
    const answer = revocations.isRevoked(claims)
    if (answer !== expected) throw new Error('a check gave a wrong answer')
    return answer
  }
}

/** The processor's time of a call. */
function nanosecondsOf<T>(items: readonly T[], call: (item: T) => unknown): number {
  const samples: number[] = []
  for (let turn = 0; turn < turns; turn += 1) {
    const begin = cpuTime()
    for (const item of items) sink.last = call(item)
    samples.push(((cpuTime() - begin) / items.length) * 1e6)
  }
  return median(samples)
}
