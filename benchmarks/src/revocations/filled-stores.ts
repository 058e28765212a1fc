import { join } from 'node:path'
import { fileStore, type KeyStore, Revocations, type StoreWrite } from '@bearerkit/core'
import { bundled } from '../bundled.ts'
import { forEachOf } from '../pace.ts'
import { countingTo } from '../tokens.ts'
import { longestTokenLifetime, revocation } from './claims.ts'

const patience = 30 * 60_000
const concurrency = 256

/** Of a thousand revocations in a folder, so many are not in its snapshot yet: about the most that there can be. */
const perMilleAfterSnapshot = 3

interface InternalsOfFileStore {
  readonly PrivateFiles: new (files: object, aside: string) => object
  readonly SnapshotFiles: new (
    files: object,
    folder: string,
  ) => { add(history: object, parts: AsyncIterable<readonly object[]>): Promise<void> }
}

/** Revokes so many tokens, sixteen at a time. */
export async function revokeAll(revocations: Revocations, from: number, to: number): Promise<void> {
  await forEachOf(countingTo(to - from), 16, (number) => revocations.revoke(revocation(from + number)))
}

/** Writes the records of so many revocations into a store. */
export async function fill(store: KeyStore, count: number): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  await forEachOf(await recordsOf(count), concurrency, (record) => store.write(record, { signal, within: patience }))
}

/** Fills a folder: most of it at once, as a snapshot, because each write waits for the disk. */
export async function fillFolder(folder: string, count: number): Promise<void> {
  const afterSnapshot = Math.ceil((count * perMilleAfterSnapshot) / 1000)
  const inSnapshot = count - afterSnapshot
  await fileStore(folder).read({ signal: AbortSignal.timeout(patience) })
  const { PrivateFiles, SnapshotFiles } = await bundled<InternalsOfFileStore>([
    'packages/core/src/stores/file/private-files.ts',
    'packages/core/src/stores/file/snapshot-files.ts',
  ])
  const files = new PrivateFiles(await import('node:fs/promises'), join(folder, 'aside'))
  const place = { number: inSnapshot, nonce: 'benchmark' }
  const records = (await recordsOf(inSnapshot)).map(({ id, until }, index) => ({
    id,
    revision: `${index + 1}-benchmark`,
    value: '',
    until,
  }))
  await new SnapshotFiles(files, join(folder, 'snapshots')).add({ place, lineage: [place.nonce] }, inParts(records))
  const revocations = await Revocations.open({ store: fileStore(folder), longestTokenLifetime, requestTimeout: '60s' })
  await revokeAll(revocations, inSnapshot, count)
  await revocations.close()
}

async function* inParts<T extends { readonly id: string }>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  yield* [records.toSorted((one, other) => (one.id < other.id ? -1 : 1))]
}

type Creation = Extract<StoreWrite, { value: string }>

/** What an instance writes when it revokes. */
async function recordsOf(count: number): Promise<readonly Creation[]> {
  const written: Creation[] = []
  const store: KeyStore = {
    name: 'notes of writes',
    prefix: '',
    read: async () => ({ records: [], removed: [], revision: '' }),
    async write(change) {
      written.push(change as Creation)
      return undefined
    },
  }
  const revocations = await Revocations.open({ store, longestTokenLifetime })
  await revokeAll(revocations, 0, count)
  await revocations.close()
  return written
}
