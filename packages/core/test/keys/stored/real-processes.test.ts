import { join } from 'node:path'
import { closeProviders, newFolder } from '../local/each-provider.ts'
import { source } from '../../support/bundle.ts'
import { Program } from '../../support/program.ts'

const instances = 8

/** An instance of a service: ensures the key, rotates it by the clock for a moment, and tries the tokens of all others. */
const service = `
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StoredKeyProvider, fileStore, TokenIssuer, TokenVerifier } from ${JSON.stringify(join(source, 'index.ts'))}

const [folder, name, count] = process.argv.slice(2)
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

async function publish(round, token) {
  const shared = join(folder, 'tokens-' + round)
  await mkdir(shared, { recursive: true })
  await writeFile(join(shared, '.' + name), token)
  await rename(join(shared, '.' + name), join(shared, name))
  for (;;) {
    const names = (await readdir(shared)).filter((one) => !one.startsWith('.'))
    if (names.length === Number(count)) return Promise.all(names.map((one) => readFile(join(shared, one), 'utf8')))
    await pause(5)
  }
}

async function main() {
  const keys = await StoredKeyProvider.open({ store: fileStore(join(folder, 'keys')), encryptionKeys: [new Uint8Array(32).fill(1)] })
  const { fingerprint } = await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
  const tokens = new TokenIssuer({ keys, issuer, audience })
  const verifier = new TokenVerifier({ keys, issuer, audience })
  let refused = 0
  for (const round of ['before', 'after']) {
    for (const token of await publish(round, await tokens.issue({ sub: name }))) {
      await verifier.verify(token).catch(() => (refused += 1))
    }
    if (round === 'before') await keys.rotateKey('orders', { ifNewest: 1 })
  }
  const versions = await keys.listVersions('orders')
  await keys.close()
  console.log(JSON.stringify({ fingerprint, refused, versions }))
}
void main()
`

let program: Program

beforeAll(async () => {
  program = await Program.from(service)
}, 20_000)

afterAll(async () => {
  await program.close()
  await closeProviders()
})

test(`${instances} processes make one key at once, one version at a rotation, and accept each other’s tokens`, async () => {
  const folder = await newFolder()
  const running = Array.from({ length: instances }, (_, index) => program.start(folder, `i${index}`, String(instances)))
  expect(await Promise.all(running.map((one) => one.ended()))).toEqual(running.map(() => 0))
  const outcomes = running.map(({ lines }) => JSON.parse(lines[0] ?? '{}') as Record<string, unknown>)
  expect(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  for (const { refused, versions } of outcomes) expect({ refused, versions }).toEqual({ refused: 0, versions: [1, 2] })
}, 60_000)
