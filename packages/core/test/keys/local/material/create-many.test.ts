import { join } from 'node:path'
import { source } from '../../../support/bundle.ts'
import { runApart } from '../../../support/own-process.ts'

/**
 * On Node 20, exporting a key of `generateKeyPairSync` can deadlock with the garbage collection of the job that generated
 * it. A hanging thread cannot fail a test, so this runs in another process with a deadline.
 */
const program = (open: string): string => `
import { memoryStore, LocalKeyProvider, StoredKeyProvider } from ${JSON.stringify(join(source, 'index.ts'))}

const keys = ${open}
let exported = 0
for (let round = 0; round < 20; round += 1) {
  const kids = Array.from({ length: 20 }, (_, index) => 'k' + round + '-' + index)
  await Promise.all(
    kids.map((kid) => keys.createKey({ alg: 'ES256', kid, exportPolicy: 'secret-when-allowed', tags: { round: '' + round } })),
  )
  for (const kid of kids) {
    const material = (await keys.getKey(kid, 1, { includeSecret: true })).material()
    exported += material.pkcs8.includes('PRIVATE KEY') && material.jwk.d.length === 43 ? 1 : 0
  }
  const set = await keys.jwks()
  if (set.keys.length !== (round + 1) * 20) throw new Error('lost keys')
  JSON.stringify(set)
}
console.log(JSON.stringify({ exported, published: (await keys.jwks()).keys.length }))
await keys.close?.()
`

const providers: Readonly<Record<string, string>> = {
  'local keys': 'new LocalKeyProvider()',
  'keys stored in memory':
    'await StoredKeyProvider.open({ store: memoryStore(), encryptionKeys: [new Uint8Array(32)] })',
}

it.each(Object.entries(providers))(
  '%s: creates and exports 400 keys without a hang',
  async (_, open) => {
    // A semi-space this small makes the garbage collector run all the time.
    const outcome = await runApart(program(open), ['--max-semi-space-size=1'])
    expect(outcome).toEqual({ exported: 400, published: 400 })
  },
  90_000,
)
