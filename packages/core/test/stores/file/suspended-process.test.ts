import { cp } from 'node:fs/promises'
import type { StoredRecord } from '../../../src/stores/key-store.ts'
import { filesOfKilled, filesWith } from './faulty-files.ts'
import { newFolder, Process, removeFolders } from './setting.ts'

afterEach(removeFolders)

/** Adds one to a count, once: undefined if somebody else was faster. */
async function increment(process: Process): Promise<string | undefined> {
  const { value, revision } = await process.find('count')
  return process.write({ id: 'count', value: String(Number(value ?? 0) + 1), ifRevision: revision })
}

/** `npm run fleet` suspends a process before each call to the file system, and otherwise before every third call. */
const stride = process.env['KILLS'] === undefined ? 3 : 1

/** What others do meanwhile, and how many increments that is. */
const meanwhile: Readonly<Record<string, (other: Process) => Promise<number>>> = {
  async 'another record is written'(other) {
    await other.set('another', 'x')
    return 0
  },
  async 'others count on'(other) {
    for (let step = 0; step < 3; step += 1) await increment(other)
    return 3
  },
  async 'others take a snapshot'(other) {
    await other.compact()
    return 0
  },
  async 'others count on and take snapshots'(other) {
    await increment(other)
    await other.compact()
    for (let step = 0; step < 3; step += 1) await increment(other)
    await other.compact()
    return 4
  },
  async 'others remove the record, take a snapshot, and make it again'(other) {
    const { value } = await other.find('count')
    await other.remove('count')
    await other.compact()
    await other.set('count', String(value ?? 0))
    await other.compact()
    return 0
  },
}

/** Each with the first call of its cases. They begin differently, so that every call has its turn with some of them. */
const interferences = Object.entries(meanwhile).map(
  ([name, others], index) => [name, others, 1 + (index % stride)] as const,
)

interface Outcome {
  readonly wasSuspended: boolean
  /** Increments that were acknowledged. */
  readonly counted: number
}

/** Runs `deed` in a process that is suspended before this call to the file system, while others are at work. */
async function runSuspended(
  folder: string,
  at: number,
  deed: (process: Process) => Promise<number>,
  others: (other: Process) => Promise<number>,
): Promise<Outcome> {
  let theirs: number | undefined
  const files = filesWith(async (call) => {
    if (call === at) theirs = await others(new Process(folder))
  })
  const ours = await deed(new Process(folder, files))
  return { wasSuspended: theirs !== undefined, counted: ours + (theirs ?? 0) }
}

async function counting(process: Process): Promise<number> {
  return (await increment(process)) === undefined ? 0 : 1
}

const deeds: Readonly<Record<string, (process: Process) => Promise<number>>> = {
  counting,
  'taking a snapshot': async (process) => {
    await process.compact()
    return 0
  },
}

describe('a process that is suspended while it makes the store', () => {
  it.each(interferences)('leaves to others what they have done if %s', async (_, others, first) => {
    for (let at = first; ; at += stride) {
      const folder = await newFolder()
      const { wasSuspended, counted } = await runSuspended(folder, at, counting, async (other) => {
        await increment(other)
        return (await others(other)) + 1
      })
      expect({ at, ...(await new Process(folder).find('count')) }).toMatchObject({ at, value: String(counted) })
      if (!wasSuspended) break
      expect(at).toBeLessThan(200)
    }
  })
})

describe.each(Object.entries(deeds))('a process that is suspended while %s', (_, deed) => {
  it.each(interferences)(
    'loses nothing of what was acknowledged, and adds nothing that was not, if %s',
    async (_title, others, first) => {
      for (let at = first; ; at += stride) {
        const folder = await newFolder()
        const earlier = new Process(folder)
        await increment(earlier)
        await increment(earlier)
        const { wasSuspended, counted } = await runSuspended(folder, at, deed, others)
        for (const process of [earlier, new Process(folder)])
          expect({ at, ...(await process.find('count')) }).toMatchObject({ at, value: String(2 + counted) })
        expect(await increment(new Process(folder))).toBeDefined()
        expect(await earlier.find('count')).toMatchObject({ value: String(3 + counted) })
        if (!wasSuspended) break
        expect(at).toBeLessThan(200)
      }
    },
    20_000,
  )
})

describe('a process that reads', () => {
  it.each(interferences)('sees all of it if %s', async (_, others, first) => {
    for (let at = first; ; at += stride) {
      const folder = await newFolder()
      const earlier = new Process(folder)
      await earlier.set('lasting', 'x')
      await increment(earlier)
      const seen = await runSuspended(
        folder,
        at,
        async (process) => {
          const { records } = await process.read()
          // A read that began before may or may not see what others do; what was there all the time it must see.
          expect(records.find(({ id }) => id === 'lasting')?.value).toBe('x')
          return 0
        },
        others,
      )
      if (!seen.wasSuspended) break
      expect(at).toBeLessThan(200)
    }
  })

  it.each(interferences)('learns of all changes in the end if %s', async (_, others, first) => {
    for (let at = first; ; at += stride) {
      const folder = await newFolder()
      const writer = new Process(folder)
      await increment(writer)
      const held = new Map<string, string>()
      let since: string | undefined
      const follow = async (process: Process): Promise<void> => {
        const { records, removed, revision } = await process.read(since)
        if (removed === undefined) held.clear()
        for (const id of removed ?? []) held.delete(id)
        for (const { id, value } of records) held.set(id, value)
        since = revision
      }
      await follow(writer)
      await writer.set('later', 'y')
      const { wasSuspended } = await runSuspended(
        folder,
        at,
        async (process) => {
          await follow(process)
          await follow(process)
          return 0
        },
        others,
      )
      await follow(writer)
      expect([at, held]).toEqual([at, new Map((await writer.read()).records.map(({ id, value }) => [id, value]))])
      if (!wasSuspended) break
      expect(at).toBeLessThan(200)
    }
  })
})

describe('a process that reads while another one takes a snapshot', () => {
  it.each(['changes', 'everything'])(
    'sees all of it, wherever the two are: %s',
    async (what) => {
      const folder = await newFolder()
      const writer = new Process(folder)
      for (const id of ['one', 'two']) await writer.set(id, 'a')
      await writer.compact()
      const since = (await writer.read()).revision
      for (const id of ['three', 'four']) await writer.set(id, 'a')
      const all = sorted((await writer.read()).records)

      /** Suspends the reader before one call, while a snapshot is taken up to another one. */
      const meet = async (reading: number, taking: number): Promise<'killed' | 'done' | 'not met'> => {
        const copy = await newFolder()
        await cp(folder, copy, { recursive: true })
        let met: 'killed' | 'done' | 'not met' = 'not met'
        const files = filesWith(async (call) => {
          if (call === reading) met = await takeSnapshotUpTo(copy, taking)
        })
        const { records, removed } = await new Process(copy, files).read(what === 'changes' ? since : undefined)
        const before = all.filter(({ id }) => ['one', 'two'].includes(id))
        const seen = sorted(removed === undefined ? records : [...before, ...records])
        expect({ reading, taking, seen }).toEqual({ reading, taking, seen: all })
        return met
      }

      for (let reading = 1; (await meet(reading, 1)) !== 'not met'; reading += stride) {
        for (let taking = 2; (await meet(reading, taking)) === 'killed'; taking += 1) expect(taking).toBeLessThan(200)
      }
    },
    20_000,
  )
})

function sorted(records: readonly StoredRecord[]): StoredRecord[] {
  return records.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

function takeSnapshotUpTo(folder: string, call: number): Promise<'killed' | 'done'> {
  return new Promise((resolve, reject) => {
    const files = filesOfKilled(call, () => resolve('killed'))
    new Process(folder, files).compact().then(() => resolve('done'), reject)
  })
}
