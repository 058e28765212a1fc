import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A program that tests run, and how to get it. */
export interface Program {
  /** The names that it may have on the path, the preferred one first. */
  readonly names: readonly string[]
  /** The package of Debian and Ubuntu that has it. */
  readonly package: string
  /** What to do if it is missing, apart from installing it with apt. */
  readonly remedy: string
}

/** Long enough for an installation with apt, in milliseconds: for `beforeAll`. */
export const installationPatience = 180_000

const found = new Map<string, Promise<string>>()

/**
 * Returns the path of a program: one on the path, or one that is installed now.
 *
 * @throws Error if there is none, and none can be installed
 */
export function pathOf(program: Program): Promise<string> {
  const path = found.get(program.package) ?? find(program)
  found.set(program.package, path)
  return path
}

async function find(program: Program): Promise<string> {
  const there = await onPath(program)
  if (there !== undefined) return there
  if (await canInstall()) await install(program)
  const installed = await onPath(program)
  if (installed !== undefined) return installed
  throw new Error(
    `these tests need ${program.names.join(' or ')}: ${program.remedy}, or run them as root on Debian or Ubuntu, where they install ${program.package} with apt`,
  )
}

async function onPath({ names }: Program): Promise<string | undefined> {
  // Servers are in /usr/sbin, which is not on the path of every user.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await isExecutable('/usr/bin/apt-get')) && (await isExecutable('/usr/bin/flock'))
}

/**
 * Several workers may get here at once: one installs, the others wait and find the program there. The package starts no
 * service: policy-rc.d, which Debian asks before it starts one, says no.
 *
 * `$1` is the package, the others are the names of the program.
 */
const installation = `
set -e
package=$1
shift
for name in "$@"; do command -v "$name" && exit; done
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$package"
`

async function install({ names, package: name }: Program): Promise<void> {
  process.stderr.write(`There is no ${names.join(' or ')}: installing ${name} with apt for the tests that need it.\n`)
  const lock = join(tmpdir(), 'bearerkit-apt.lock')
  await run('/usr/bin/flock', [lock, 'sh', '-c', installation, 'sh', name, ...names], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 2 ** 26,
  })
}
