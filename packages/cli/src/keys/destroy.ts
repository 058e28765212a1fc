import { isDeepStrictEqual } from 'node:util'
import { KeyNotFoundError, type StoredKeyProvider } from '@bearerkit/core'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { confirmed } from '../frame/confirmed.ts'
import type { Outcome } from '../frame/outcome.ts'
import { systemTime } from '../frame/runtime.ts'
import { shown } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'
import { keyCells, type KeyRow, keyRow } from './key-row.ts'
import { prefixOption, storeDescription, storeFlag } from './store/store-options.ts'
import { withStoredKeys } from './store/stored-keys.ts'

export const destroy: CliCommand = defineCommand(
  {
    name: 'destroy',
    summary: 'Destroy a version of a key, or all versions of it. Asks first.',
    details:
      'All instances refuse the tokens of the version within seconds. If a key has leaked, rotate it first, so that there is one that signs.',
    examples: [
      ['bearerkit keys destroy orders.3 --store ./keys', 'one version'],
      ['bearerkit keys destroy orders --store ./keys --yes', 'all versions, without a question'],
    ],
    syntax: (command) =>
      command
        .argument('<name>', 'The kid of a key, or KID.VERSION.')
        .requiredOption(storeFlag, storeDescription)
        .addOption(prefixOption())
        .option('--yes', 'Do not ask.'),
  },
  ({ options, runtime }, name) =>
    withStoredKeys(options, runtime, async (keys) => {
      const doomed = await namedBy(name, keys)
      const isWanted = options.yes === true || (await confirmed(question(name, doomed, systemTime(runtime)), runtime))
      if (!isWanted) return nothing('nothing was destroyed')
      await keys.refresh()
      if (!sameKeys(doomed, await namedBy(name, keys)))
        return nothing('nothing was destroyed: the key has changed meanwhile. Try again.')
      if (!(await destroyNamed(name, keys)))
        throw new KeyNotFoundError('there is no such key, or no such version of it')
      const names = doomed.map(({ publishedKid }) => publishedKid)
      const destroyed = names.length === 0 ? [name] : names
      return {
        exitCode: 0,
        json: { destroyed },
        text: () => `destroyed: ${destroyed.map((one) => shown(one)).join(', ')}`,
      }
    }),
)

function nothing(text: string): Outcome {
  return { exitCode: 1, json: { destroyed: [] }, text: () => text }
}

/** A key may be rotated while the question is open. The new version was not shown, and may be the only one that signs. */
function sameKeys(some: readonly KeyRow[], others: readonly KeyRow[]): boolean {
  return isDeepStrictEqual(
    some.map(({ publishedKid }) => publishedKid),
    others.map(({ publishedKid }) => publishedKid),
  )
}

/** Empty if there is only a record that cannot be read. */
async function namedBy(name: string, keys: StoredKeyProvider): Promise<readonly KeyRow[]> {
  const versions = await keys.listVersions(name)
  if (versions.length > 0) return Promise.all(versions.map(async (version) => keyRow(await keys.getKey(name, version))))
  return keys.getKey(name).then(
    (key) => [keyRow(key)],
    () => [],
  )
}

/** A record that cannot be read is found only by its kid and its number. */
async function destroyNamed(name: string, keys: StoredKeyProvider): Promise<boolean> {
  if (await keys.destroyKey(name)) return true
  const [, kid, version] = /^(.+)\.([1-9]\d{0,14})$/s.exec(name) ?? []
  return kid !== undefined && (await keys.destroyKey(kid, Number(version)))
}

function question(name: string, doomed: readonly KeyRow[], now: number): string {
  const rows = doomed.length === 0 ? [`  ${shown(name)}`] : aligned(doomed.map((key) => keyCells(key, now)))
  return `${rows.join('\n')}\nDestroy this for good? Its tokens will be refused. [y/N] `
}
