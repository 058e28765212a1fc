import { bearerkit } from './support/terminal.ts'
import { goodClaims, unsigned } from './support/tokens.ts'

const names = ['inspect', 'explain', 'doctor', 'keygen', 'keys', 'mint', 'serve', 'completion']
const subcommands = ['keys list', 'keys rotate', 'keys destroy', 'keys reencrypt']

/** ESC, which begins every color. */
const escape = '\u001B'

test('the help lists every command and the exit codes', async () => {
  const { code, stdout } = await bearerkit(['--help'])
  expect(code).toBe(0)
  for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  expect(stdout).toContain('could not be found out')
})

test.each([...names, ...subcommands])('the help of %s has examples and describes --json', async (name) => {
  const { code, stdout } = await bearerkit([...name.split(' '), '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(`Examples:\\n {2}# .+\\n {2}\\$ .*bearerkit ${name === 'keys' ? 'keys list' : name}`),
  )
  if (name !== 'keys') expect(stdout).toContain('--json')
})

test.each([...names, ...subcommands])('the examples of %s use options that exist', async (name) => {
  const { stdout } = await bearerkit([...name.split(' '), '--help'])
  const [usage = '', examples = ''] = stdout.split('\nExamples:\n')
  const options = name === 'keys' ? ['--store', '--prefix'] : usage.match(/--[a-z-]+/g)
  for (const used of examples.match(/ --[a-z-]+/g) ?? []) expect(options).toContain(used.trim())
})

test('prints the version of the package', async () => {
  const { code, stdout } = await bearerkit(['--version'])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
})

test.each([
  ['no command', [], 'Usage: bearerkit'],
  ['an unknown command', ['exlpain'], 'Did you mean explain?'],
  ['an unknown subcommand', ['keys', 'lst'], 'Did you mean list?'],
  ['a group without a subcommand', ['keys'], 'Usage: bearerkit keys'],
  ['an unknown option', ['inspect', '--verbose'], "unknown option '--verbose'"],
  ['an option without its value', ['mint', '--key'], 'argument missing'],
  ['a required option that is missing', ['keygen'], "'--alg <algorithm>' not specified"],
  ['a required argument that is missing', ['doctor'], "missing required argument 'issuer'"],
  ['too many arguments', ['inspect', 'one', 'two'], 'too many arguments'],
  ['a value that is not one of the choices', ['completion', 'powershell'], 'Allowed choices are bash, zsh, fish'],
  ['an issuer that is no URL', ['doctor', 'issuer.example.com'], 'is not an absolute URL'],
  ['an issuer over plain http', ['doctor', 'http://issuer.example.com'], 'must be an https URL'],
])('with %s, exits with 2 and says why on standard error', async (_, args, message) => {
  const { code, stdout, stderr } = await bearerkit(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test('with --json, a failure is also on standard output', async () => {
  const { code, stdout } = await bearerkit(['inspect', '--verbose', '--json'])
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'wrong_usage', message: "unknown option '--verbose'" } })
})

test.each([
  ['a command', (token: string) => [token]],
  ['a choice', (token: string) => ['completion', token]],
  ['an issuer', (token: string) => ['doctor', token]],
  ['a file', (token: string) => ['mint', '--key', token, '--issuer', 'a', '--audience', 'b']],
  ['a number', (token: string) => ['keygen', '--alg', 'RS256', '--size', token]],
  ['an algorithm', (token: string) => ['keygen', '--alg', token]],
])('does not repeat a token that was given in place of %s', async (_, args) => {
  const token = unsigned(goodClaims)
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await bearerkit([...args(token), ...more])
    expect(code).toBe(2)
    expect(`${stdout}${stderr}`).not.toContain(token)
  }
})

test.each([
  ['a command', (word: string) => [word]],
  ['a subcommand', (word: string) => ['keys', word]],
  ['an option', (word: string) => ['inspect', `--${word}`]],
  ['an option with a value', (word: string) => ['inspect', `--verbose=${word}`]],
  ['a choice', (word: string) => ['completion', word]],
  ['a choice of an option', (word: string) => ['keygen', '--alg', 'ES256', `--format=${word}`]],
  ['a number', (word: string) => ['serve', '--port', word]],
])('repeats only the beginning of a long word in place of %s, and no control characters', async (_, args) => {
  const word = `\u001b[31m\u001b]0;title\u0007${'opaque-token-'.repeat(4)}`
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await bearerkit([...args(word), ...more])
    expect(code).toBe(2)
    expect(stderr).toContain('u{1b}')
    expect(`${stdout}${stderr}`).not.toMatch(/[^\n\x20-\x7e…]|(?:opaque-token-){2}/)
  }
})

describe('colors', () => {
  const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEifQ.'
  const { env } = process

  afterEach(() => {
    process.env = env
  })

  test('are on a terminal', async () => {
    process.env = { ...env, NO_COLOR: '', TERM: 'xterm' }
    const { stdout } = await bearerkit(['inspect', token], { isTerminal: true })
    expect(stdout).toContain(`${escape}[31m✗${escape}[39m`)
  })

  test.each([
    ['on a pipe', {}, false],
    ['with NO_COLOR', { NO_COLOR: '1' }, true],
    ['on a terminal that can do nothing', { TERM: 'dumb' }, true],
  ])('are not %s', async (_, variables, isTerminal) => {
    process.env = { ...env, NO_COLOR: '', TERM: 'xterm', ...variables }
    const { stdout } = await bearerkit(['inspect', token], { isTerminal })
    expect(stdout).not.toContain(escape)
    expect(stdout).toContain('✗')
  })
})
