import type { KeyRef, StoredKeyProvider } from '@bearerkit/core'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { type Finding, findingLine } from '../frame/finding.ts'
import type { Outcome } from '../frame/outcome.ts'
import type { Paint } from '../frame/paint.ts'
import { systemTime } from '../frame/runtime.ts'
import { shown } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'
import { keyCells, type KeyRow, keyRow } from './key-row.ts'
import { prefixOption, storeDescription, storeFlag } from './store/store-options.ts'
import { withStoredKeys } from './store/stored-keys.ts'

export const list: CliCommand = defineCommand(
  {
    name: 'list',
    summary: 'List the keys in a store with their states.',
    details: 'Also lists records that cannot be used, and exits with 1 if there are any.',
    examples: [
      ['bearerkit keys list --store ./keys', 'the keys in a folder'],
      ['bearerkit keys list --store redis://localhost:6379 --prefix orders: --json', 'the keys in Redis, as JSON'],
    ],
    syntax: (command) => command.requiredOption(storeFlag, storeDescription).addOption(prefixOption()),
  },
  ({ options, runtime }) =>
    withStoredKeys(options, runtime, async (keys) => {
      const { store, setAside, encryptedWith } = keys.health()
      const rows = (await everyVersion(keys)).map(keyRow)
      return outcome({ store, keys: rows, encryptedWith, setAside }, systemTime(runtime))
    }),
)

interface Listing {
  readonly store: string
  readonly keys: readonly KeyRow[]
  readonly encryptedWith: Readonly<Record<string, number>>
  readonly setAside: readonly { readonly id: string; readonly reason: string }[]
}

/** A published kid may also be the kid of a key, so the versions are read by the kids. */
async function everyVersion(keys: StoredKeyProvider): Promise<readonly KeyRef[]> {
  const named = await Promise.all(keys.health().kids.map((published) => keys.getKey(published)))
  const kids = [...new Set(named.map(({ kid }) => kid))].toSorted()
  const families = kids.map(async (kid) => {
    const versions = await keys.listVersions(kid)
    return Promise.all(versions.map((version) => keys.getKey(kid, version)))
  })
  return (await Promise.all(families)).flat()
}

function outcome(listing: Listing, now: number): Outcome {
  return {
    exitCode: listing.setAside.length > 0 ? 1 : 0,
    json: listing,
    text: (paint) => listingText(listing, now, paint),
  }
}

function listingText({ store, keys, encryptedWith, setAside }: Listing, now: number, paint: Paint): string {
  const notes = setAside.map(({ id, reason }): Finding => {
    return { level: 'wrong', code: 'record_set_aside', message: `record ${id} cannot be used: ${reason}` }
  })
  return [
    paint.strong(shown(store)),
    ...(keys.length === 0 ? ['  no keys'] : aligned(keys.map((key) => keyCells(key, now)))),
    paint.faint(`  encrypted with: ${encryptionWords(encryptedWith)}`),
    ...notes.map((note) => findingLine(note, paint)),
  ].join('\n')
}

/** The first encryption key encrypts. One without records is no longer needed, unless it is the first. */
export function encryptionWords(encryptedWith: Readonly<Record<string, number>>): string {
  return Object.entries(encryptedWith)
    .map(([name, records]) => `${shown(name, 20)} (${records} ${records === 1 ? 'record' : 'records'})`)
    .join(', ')
}
