import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../test/documented-examples.ts'
import { audience, fetchFromIssuer, issuer, writeFiles } from './support/documented-runs.ts'
import { temporaryFolder } from './support/folders.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'
import { newYearClock } from './support/tokens.ts'

test('docs/cli.md describes every code of a finding of doctor, and no other', () => {
  const rules = join(__dirname, '../src/doctor/rules')
  const sources = readdirSync(rules).map((file) => readFileSync(join(rules, file), 'utf8'))
  const codes = [...sources.join('').matchAll(/code: (?:weak \? )?'(\w+)'(?: : '(\w+)')?/g)].flatMap(
    ([, ...named]) => named,
  )
  const table = readFileSync(join(root, 'docs/cli.md'), 'utf8').matchAll(/^\| `(\w+)` +\| `(?:wrong|odd|note)`/gm)
  const used = new Set(codes.filter((code) => code !== undefined))
  expect([...table].map(([, code]) => String(code)).toSorted()).toEqual([...used].toSorted())
})

describe('docs/cli.md describes the members of the JSON of', () => {
  const folder = temporaryFolder()
  const { env } = process

  beforeAll(async () => {
    await writeFiles(folder())
    process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }
    await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', join(folder(), 'keys')])
  })

  afterAll(() => {
    process.env = env
  })

  const names = ['--issuer', issuer, '--audience', audience]

  /** In `args`, `FOLDER` stands for the folder with the files. */
  const commands: readonly (readonly [command: string, args: readonly string[]])[] = [
    ['inspect', ['TOKEN']],
    ['explain', ['TOKEN', ...names]],
    ['doctor', [issuer]],
    ['keygen', ['--alg', 'ES256']],
    ['keys list', ['--store', 'FOLDER/keys']],
    ['keys rotate', ['orders', '--store', 'FOLDER/keys']],
    ['keys reencrypt', ['--store', 'FOLDER/keys']],
    ['keys destroy', ['orders.1', '--store', 'FOLDER/keys', '--yes']],
    ['mint', ['--key', 'FOLDER/key.json', ...names]],
    ['completion', ['bash']],
  ]

  test.each(commands)('%s', async (command, args) => {
    const token = readFileSync(join(folder(), 'token.txt'), 'utf8').trim()
    const given = args.map((arg) => arg.replace('FOLDER', folder()).replace('TOKEN', token))
    const { json } = await bearerkitJson<object>([...command.split(' '), ...given], {
      clock: newYearClock,
      fetch: fetchFromIssuer,
    })
    const page = readFileSync(join(root, 'docs/cli.md'), 'utf8')
    const [, members = ''] = new RegExp(`^\\| \`${command}\` +\\| (\`[a-zA-Z]+\`.*) \\|$`, 'm').exec(page) ?? []
    const named = [
      ...members
        .replaceAll(/\(.*?\)/g, '')
        .split(/[;:]/, 1)
        .join()
        .matchAll(/`(\w+)`/g),
    ].map(([, name]) => String(name))
    expect(Object.keys(json).toSorted()).toEqual(named.toSorted())
  })
})
