import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redisStore } from '@bearerkit/redis'
import { createClient } from 'redis'
import { type Figure, type Outcome, withinLimit } from '../figure.ts'
import type { Scale } from '../scale.ts'
import { startRedis } from '../stored/redis-server.ts'
import { fill, fillFolder } from './filled-stores.ts'
import { type InstanceFigures, measureInstance, prefix } from './instance.ts'

const limits = { megabytes: 200, nanoseconds: 1000, milliseconds: 10_000, block: 50, requestTimeout: 2000 }

/** What revocations cost an instance, by their number and where they are. Each instance is a process. */
export async function measure({ revocationCounts }: Scale): Promise<Outcome> {
  await using redis = await startRedis()
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-bench-'))
  const client = await createClient({ url: redis.url }).connect()
  try {
    const figures: Figure[] = []
    for (const count of revocationCounts) {
      const folderOfCount = join(folder, String(count))
      await fillFolder(folderOfCount, count)
      await fill(redisStore(client, { prefix: prefix(count) }), count)
      const locations = { 'no store': '', 'file store': folderOfCount, Redis: redis.url }
      for (const [kind, location] of Object.entries(locations))
        figures.push(...figuresOf(kind, count, await measureInstance(kind, count, location)))
    }
    return { figures, notMeasured: [] }
  } finally {
    client.destroy()
    await rm(folder, { recursive: true })
  }
}

function figuresOf(who: string, count: number, of: InstanceFigures): Figure[] {
  const revocations = `${count.toLocaleString('en')} revocations`
  return [
    withinLimit(`memory of ${revocations}`, 'MB', { who, value: of.growth }, limits.megabytes),
    withinLimit(`a check among ${revocations}`, 'ns', { who, value: of.check }, limits.nanoseconds),
    {
      name: `a check among ${revocations}`,
      unit: 'ns',
      subject: { who, value: of.check },
      relativeTo: { who: 'SHA-256 of a token', value: of.digest },
    },
    {
      name: `a check of a revoked token among ${revocations}`,
      unit: 'ns',
      subject: { who, value: of.checkOfRevoked },
      relativeTo: { who: 'not revoked', value: of.check },
    },
    // Without a store nothing is read: somebody has called `revoke` for each.
    ...(who === 'no store' ? [] : figuresOfOpening(who, revocations, count, of)),
  ]
}

function figuresOfOpening(who: string, revocations: string, count: number, of: InstanceFigures): Figure[] {
  const open = `open() with ${revocations}`
  const within = (name: string, unit: string, value: number, limit: number): Figure =>
    withinLimit(name, unit, { who, value }, limit)
  return [
    within(`most memory in ${open}`, 'MB', of.peak, limits.megabytes),
    within(open, 'ms', of.milliseconds, limits.milliseconds),
    {
      name: `${open}, CPU`,
      unit: 'ms',
      subject: { who, value: of.cpu },
      relativeTo: { who: 'revocations', value: count },
    },
    within(`longest block of the event loop in ${open}`, 'ms', of.longestBlock, limits.block),
    within(`a revocation after ${open}`, 'ms', of.firstRevocation, limits.requestTimeout),
  ]
}
