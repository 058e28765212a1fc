import { filesOfKilled } from './faulty-files.ts'
import { newFolder, Process, removeFolders } from './setting.ts'

afterEach(removeFolders)

interface Deed {
  /** What there is before. */
  readonly before: Readonly<Record<string, string>>
  readonly run: (process: Process) => Promise<unknown>
  /** What there may be after it, besides `before`. */
  readonly after: Readonly<Record<string, string>>
}

const deeds: Readonly<Record<string, Deed>> = {
  'making a record in a new store': { before: {}, run: (process) => process.set('one', 'a'), after: { one: 'a' } },
  'making a record beside another': {
    before: { other: 'x' },
    run: (process) => process.set('one', 'a'),
    after: { other: 'x', one: 'a' },
  },
  'replacing a record': { before: { one: 'a' }, run: (process) => process.set('one', 'b'), after: { one: 'b' } },
  'removing a record': {
    before: { one: 'a', other: 'x' },
    run: (process) => process.remove('one'),
    after: { other: 'x' },
  },
  'taking a snapshot': {
    before: { one: 'a', other: 'x' },
    run: (process) => process.compact(),
    after: { one: 'a', other: 'x' },
  },
}

async function valuesIn(folder: string): Promise<Record<string, string>> {
  const { records } = await new Process(folder).read()
  return Object.fromEntries(records.map(({ id, value }) => [id, value]))
}

/** Runs a deed in a process that is killed before this call to the file system. Answers whether it was, and was done before. */
async function runKilled(folder: string, { run }: Deed, at: number): Promise<'killed' | 'done'> {
  return new Promise((resolve, reject) => {
    const process = new Process(
      folder,
      filesOfKilled(at, () => resolve('killed')),
    )
    run(process).then(() => resolve('done'), reject)
  })
}

describe.each(Object.entries(deeds))('a process that is killed while %s', (_, deed) => {
  it('leaves what was there before or what was to be, wherever it is killed, and keeps nobody from writing', async () => {
    const seen = new Set<string>()
    for (let at = 1; ; at += 1) {
      const folder = await newFolder()
      const earlier = new Process(folder)
      for (const [id, value] of Object.entries(deed.before)) await earlier.set(id, value)
      const outcome = await runKilled(folder, deed, at)
      const left = await valuesIn(folder)
      seen.add(JSON.stringify(left))
      const possible = outcome === 'done' ? [deed.after] : [deed.before, deed.after]
      expect(possible).toContainEqual(left)
      for (const process of [earlier, new Process(folder)]) expect(await process.set('next', 'n')).toBeDefined()
      expect(await valuesIn(folder)).toEqual({ ...left, next: 'n' })
      if (outcome === 'done') break
      expect(at).toBeLessThan(200)
    }
    expect(seen.size).toBe(JSON.stringify(deed.before) === JSON.stringify(deed.after) ? 1 : 2)
  })
})
