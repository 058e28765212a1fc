import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PrivateFiles } from '../../../src/stores/file/private-files.ts'
import { SnapshotFiles } from '../../../src/stores/file/snapshot-files.ts'
import type { Snapshot } from '../../../src/stores/file/snapshot.ts'
import type { StoredRecord } from '../../../src/stores/key-store.ts'
import { quickFiles } from './faulty-files.ts'
import { newFolder, Process, removeFolders } from './setting.ts'

afterEach(removeFolders)

function record(id: string, value = 'x', until?: number): StoredRecord {
  return { id, revision: '1-abc', value, until }
}

function numbered(count: number, valueOf: (number: number) => string = () => 'x'): StoredRecord[] {
  return Array.from({ length: count }, (_, number) =>
    record(`id ${String(number).padStart(6, '0')}`, valueOf(number), 2e12 + number),
  )
}

/** Snapshots with different lengths of lines, compared with the parts in which they are read. */
const contents: Readonly<Record<string, readonly StoredRecord[]>> = {
  'no record': [],
  'one record': [record('one')],
  'many short records': numbered(5000),
  'records that are longer than a part': numbered(5, () => 'x'.repeat(300_000)),
  'short records between long ones': numbered(400, (number) => 'x'.repeat(number % 40 === 0 ? 70_000 : number)),
  'one long record among short ones': numbered(3000, (number) => 'x'.repeat(number === 1500 ? 500_000 : 1)),
  'ids of all kinds': ['', ' ', '"', '\n', '0', '\\', '{"records":3}', 'id', 'é', '€', '𝄞', '\ud800', '\uffff'].map(
    (id) => record(id, `value of ${id}`),
  ),
}

async function* inOnePart(records: readonly StoredRecord[]): AsyncGenerator<readonly StoredRecord[]> {
  yield records.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** A store whose latest snapshot, after seven changes, contains these records. */
async function storeWith(records: readonly StoredRecord[]): Promise<{ folder: string; snapshots: SnapshotFiles }> {
  const folder = await newFolder()
  await new Process(folder).read()
  const snapshots = new SnapshotFiles(new PrivateFiles(quickFiles, join(folder, 'aside')), join(folder, 'snapshots'))
  await snapshots.add({ place: { number: 7, nonce: 'n7' }, lineage: ['n6', 'n7'] }, inOnePart(records))
  return { folder, snapshots }
}

async function withSnapshot(
  records: readonly StoredRecord[],
  use: (snapshot: Snapshot) => Promise<void>,
): Promise<void> {
  const { snapshots } = await storeWith(records)
  const opened = await snapshots.open(7)
  if (opened === undefined) throw new Error('there is no snapshot')
  await use(opened.snapshot)
  await opened.snapshot.close()
}

describe.each(Object.entries(contents))('a snapshot with %s', (_, records) => {
  it('is read in parts', async () => {
    await withSnapshot(records, async (snapshot) => {
      const read: StoredRecord[] = []
      for await (const part of snapshot.parts()) read.push(...part)
      expect(new Map(read.map((one) => [one.id, one]))).toEqual(new Map(records.map((one) => [one.id, one])))
      expect(read).toHaveLength(records.length)
    })
  })

  it('finds each record by its id, and no other', async () => {
    await withSnapshot(records, async (snapshot) => {
      const some = records.filter(
        (_one, index) => records.length < 500 || index % 97 === 0 || index > records.length - 3,
      )
      for (const one of some) {
        expect(await snapshot.find(one.id)).toEqual(one)
        expect(await snapshot.find(`${one.id}!`)).toBeUndefined()
      }
      for (const id of ['\0', 'a', '\uffff\uffff']) expect(await snapshot.find(id)).toBeUndefined()
    })
  })
})

it('a snapshot and later changes are merged, when they are read and when the next snapshot is taken', async () => {
  const { folder } = await storeWith(numbered(4000))
  const process = new Process(folder)
  // Without reading the whole store: its revisions are known here.
  const change = (id: string, value: string | undefined): Promise<string | undefined> =>
    process.write({ id, value, ifRevision: '1-abc' })
  await expect(change('id 000000', 'replaced')).resolves.toBeDefined()
  await expect(change('id 002000', undefined)).resolves.toBeDefined()
  await expect(change('id 003999', 'replaced')).resolves.toBeDefined()
  await expect(change('id 004000', 'there is no such record')).resolves.toBeUndefined()
  for (const id of ['before all', 'id 001234, and more', 'zzz'])
    await expect(process.write({ id, value: 'new', ifRevision: undefined })).resolves.toBeDefined()
  await expect(process.write({ id: 'id 000001', value: 'x', ifRevision: undefined })).resolves.toBeUndefined()

  const look = async (): Promise<Map<string, string>> => {
    const parts: StoredRecord[] = []
    const read = await new Process(folder).store.read({
      signal: AbortSignal.timeout(10_000),
      received: (part) => void parts.push(...part),
    })
    const all = [...parts, ...read.records].map(({ id, value }): [string, string] => [id, value])
    expect(new Map(all).size).toBe(all.length)
    return new Map(all)
  }
  const expected = new Map(numbered(4000).map(({ id, value }) => [id, value]))
  for (const id of ['id 000000', 'id 003999']) expected.set(id, 'replaced')
  for (const id of ['before all', 'id 001234, and more', 'zzz']) expected.set(id, 'new')
  expected.delete('id 002000')
  expect(await look()).toEqual(expected)
  await process.compact()
  expect(await look()).toEqual(expected)
  const again = new Process(folder)
  await expect(again.write({ id: 'zzz', value: 'x', ifRevision: undefined })).resolves.toBeUndefined()
  await expect(again.write({ id: 'id 002000', value: 'x', ifRevision: undefined })).resolves.toBeDefined()
})

it.each<[string, (text: string) => string]>([
  ['was emptied', () => ''],
  ['was cut off in a line', (text) => text.slice(0, -20)],
  ['was cut off after a line', (text) => text.slice(0, text.lastIndexOf('{'))],
  ['lacks a record', (text) => text.replace(/\n.*000500.*\n/, '\n')],
  ['has a record that is none', (text) => text.replace(/\n.*000500.*\n/, '\n{"id":5}\n')],
  ['has a line that is null', (text) => text.replace(/\n.*000500.*\n/, '\nnull\n')],
  ['has a first line of another kind', (text) => text.replace(/^.*\n/, '{"number":7}\n')],
  ['has the name of another one', (text) => text.replace('"number":7', '"number":8')],
])('names a snapshot that %s, and quotes nothing of it', async (_, damage) => {
  const { folder } = await storeWith(numbered(1000, () => 'secret'))
  const path = join(folder, 'snapshots/7')
  await writeFile(`${path}.new`, damage(await readFile(path, 'utf8')))
  await rename(`${path}.new`, path)
  const failure: unknown = await new Process(folder).read().catch((error: unknown) => error)
  expect(String(failure)).toMatch(/snapshots\/7 cannot be read$/)
})
