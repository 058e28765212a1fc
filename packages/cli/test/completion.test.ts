import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installationPatience, pathOf } from '../../../test/support/installed-program.ts'
import { temporaryFolder } from './support/folders.ts'
import { bearerkit } from './support/terminal.ts'

const run = promisify(execFile)
const folder = temporaryFolder()

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout } = await bearerkit(['completion', shell])
  expect(code).toBe(0)
  const file = join(folder(), `completion.${shell}`)
  writeFileSync(file, stdout)
  return file
}

/** What is typed, and what is offered for its last word. */
const lines: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['bearerkit in', ['inspect']],
  ['bearerkit ke', ['keygen', 'keys']],
  ['bearerkit keys r', ['reencrypt', 'rotate']],
  ['bearerkit keys rotate orders --act', ['--activate-after']],
  ['bearerkit keygen --format ', ['jwk', 'pem']],
  ['bearerkit completion ', ['bash', 'fish', 'zsh']],
  ['bearerkit mint --is', ['--issuer']],
]

describe('bash', () => {
  let script: string

  beforeAll(async () => {
    script = await scriptFor('bash')
  })

  test.each(lines)('completes %j', (typed, offered) => {
    const words = typed.split(' ')
    const program = `source ${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_bearerkit
printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })
    const choices = output
      .split('\n')
      .filter((word) => word !== '' && !word.startsWith('-h') && word !== '--help' && word !== '--json')
    expect(choices.toSorted()).toEqual(offered)
  })
})

describe('fish', () => {
  let fish: string
  let script: string

  beforeAll(async () => {
    fish = await pathOf({ names: ['fish'], package: 'fish', remedy: 'install fish' })
    script = await scriptFor('fish')
  }, installationPatience)

  test.each(lines)('completes %j', async (typed, offered) => {
    const { stdout, stderr } = await run(fish, ['--no-config', '-c', `source ${script}; complete -C '${typed}'`])
    const choices = stdout.split('\n').map((line) => String(line.split('\t', 1)[0]))
    expect(stderr).toBe('')
    expect(choices.filter((word) => word !== '').toSorted()).toEqual(offered)
  })
})

describe('zsh', () => {
  let zsh: string
  let script: string

  beforeAll(async () => {
    zsh = await pathOf({ names: ['zsh'], package: 'zsh', remedy: 'install zsh' })
    script = await scriptFor('zsh')
  }, installationPatience)

  test('registers a function, and every command has one', async () => {
    const program = `autoload -Uz compinit && compinit -u -D && source ${script} && print -l $_comps[bearerkit] \${(ok)functions[(I)_bearerkit*]}`
    const { stdout, stderr } = await run(zsh, ['-f', '-c', program])
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(['_bearerkit', '_bearerkit_inspect', '_bearerkit_keys', '_bearerkit_keys_rotate']),
    )
  })

  test('offers the options and values of a command', async () => {
    const program = `compdef() { : }; source ${script}; _arguments() { print -rl -- "$@" }; _bearerkit_keygen`
    const { stdout, stderr } = await run(zsh, ['-f', '-c', program])
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^--format\[.*\]:value:\(jwk pem\)$/m)
    expect(stdout).toMatch(/^--alg\[.*\]:value:_files$/m)
  })
})
