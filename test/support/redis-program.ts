import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const programs = ['valkey-server', 'redis-server']

let found: Promise<string> | undefined

/**
 * The server that tests run against: one on the path, or one that is installed now.
 *
 * @throws Error if there is none, and none can be installed
 */
export function redisProgram(): Promise<string> {
  found ??= findProgram()
  return found
}

async function findProgram(): Promise<string> {
  const there = await programOnPath()
  if (there !== undefined) return there
  if (await canInstall()) await install()
  const installed = await programOnPath()
  if (installed !== undefined) return installed
  throw new Error(
    'these tests need a Redis server: set BEARERKIT_TEST_REDIS_URL, put valkey-server or redis-server on the path, or run them as root on Debian or Ubuntu, where they install redis-server with apt',
  )
}

async function programOnPath(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = programs.flatMap((program) => folders.map((folder) => join(folder, program)))
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
 */
const installation = `
set -e
command -v redis-server && exit
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends redis-server
`

async function install(): Promise<void> {
  process.stderr.write('There is no Redis server: installing redis-server with apt for the tests that need one.\n')
  const lock = join(tmpdir(), 'bearerkit-apt.lock')
  await run('/usr/bin/flock', [lock, 'sh', '-c', installation], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 2 ** 26,
  })
}
