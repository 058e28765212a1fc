import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const provider = join(__dirname, '../../../src/keys/local/local-key-provider.ts')
const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild')

/**
 * In Node 20, exporting a key that was generated a moment ago can deadlock with the garbage collection of the job that
 * generated it. A thread that hangs cannot fail a test: so it is another process, with a deadline.
 */
const program = `
import { LocalKeyProvider } from ${JSON.stringify(provider)}

const keys = new LocalKeyProvider()
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
`

it('400 keys are created and exported without a hang', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bearerkit-keys-'))
  try {
    const [source, bundle] = [join(directory, 'many.ts'), join(directory, 'many.mjs')]
    await writeFile(source, program)
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${bundle}`]
    await run(esbuild, [source, ...options])
    // A semi-space this small has the garbage collected all the time.
    const { stdout } = await run(process.execPath, ['--max-semi-space-size=1', bundle], { timeout: 60_000 })
    expect(JSON.parse(stdout)).toEqual({ exported: 400, published: 400 })
  } finally {
    await rm(directory, { recursive: true })
  }
}, 90_000)
