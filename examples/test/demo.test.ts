import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { redisForTests, redisPatience } from '../../test/support/redis-server.ts'

const root = join(__dirname, '../..')
const demo = join(__dirname, '../dist/demo/demo.js')

/** A run takes about ten seconds, and longer on a busy machine. */
const patience = 120_000

/** Where the demos keep their keys. */
let temporary: string
let redis: Awaited<ReturnType<typeof redisForTests>>

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'bearerkit-demo-test-'))
  redis = await redisForTests()
}, redisPatience)

afterAll(async () => {
  await redis.close()
  await rm(temporary, { recursive: true })
})

interface Started {
  readonly process: ChildProcess
  readonly exited: Promise<unknown[]>
  /** What it has printed so far. */
  readonly output: () => string
}

const groups = new Set<number>()

afterEach(() => {
  for (const group of groups) killGroup(group)
  groups.clear()
})

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Starts a program in a process group of its own, which ends with the test. */
function start(command: string, args: readonly string[]): Started {
  const env = { ...process.env, TMPDIR: temporary }
  const started = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  groups.add(Number(started.pid))
  let output = ''
  started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { process: started, exited: once(started, 'exit'), output: () => output }
}

const secondAct = [
  /Two instances are up +A +B +keys\n/,
  /GET \/me, token of A +200 +200 +demo\.1\n/,
  /GET \/me, token of B +200 +200 +demo\.1\n/,
  /B was killed \(SIGKILL\) +A +B +keys\n-+\nGET \/me, token of B +200 +down +demo\.1\n/,
  /B is back +A +B +keys\n-+\nGET \/me, earlier token of B +200 +200 +demo\.1\n/,
  /POST \/rotate\/1, to both at once +200 +200 +demo\.2\nGET \/\.well-known\/jwks\.json +200 +200 +demo\.1, demo\.2\n/,
  /GET \/me, token of the old key +200 +200 +demo\.1\n/,
  /GET \/me, new token of A +200 +200 +demo\.2\n/,
  /GET \/me, new token of B +200 +200 +demo\.2\n/,
]

function expectBothActs(printed: string): void {
  expect(printed).toContain('Every answer was as expected.')
  expect(printed).toMatch(/GET \/reports, good token +200 +200 +200/)
  expect(printed).toMatch(/GET \/me, no token +401 +401 +401 +Bearer realm="api", DPoP realm="api", algs="ES256"\n/)
  expect(printed).toMatch(/GET \/me, token and proof +200 +200 +200 *\n/)
  expect(printed).toMatch(/GET \/me, stolen token +401 +401 +401 +Bearer realm="api", error="invalid_token"/)
  expect(printed).toMatch(/GET \/me, the same proof again +401 +401 +401 /)
  expect(printed).toMatch(/GET \/me, proof of the thief +401 +401 +401 .*error="invalid_dpop_proof"/)
  expect(printed).toMatch(/GET \/\.well-known\/jwks\.json +200 +200 +200/)
  expect(printed).toContain('before the rotation: demo.1 active\n')
  expect(printed).toContain('the next version is published: demo.1 active, demo.2 pending\n')
  expect(printed).toContain('a second later it signs: demo.1 retired, demo.2 active\n')
  expect(printed).toMatch(/GET \/me, token of a known key +200 +200 +200/)
  for (const line of secondAct) expect(printed).toMatch(line)
}

test(
  'the demo gets the expected answers in both acts, says so, and leaves no process and no folder behind',
  async () => {
    const { process: started, exited, output } = start(process.execPath, [demo, '--once'])
    expect(await exited).toEqual([0, null])
    expectBothActs(output())
    expect(output()).toContain('with their keys in a folder\n')
    expect(() => process.kill(-Number(started.pid), 0)).toThrow('ESRCH')
    expect(await readdir(temporary)).toEqual([])
  },
  patience,
)

const needsUrl = 'npm start: --redis needs the URL of a Redis server, such as redis://localhost:6379\n'
const usage = 'npm start: the options are --once and --redis URL, such as --redis redis://localhost:6379\n'

test.each([
  ['no value', ['--redis'], usage],
  ['another option for a value', ['--redis', '--once'], usage],
  ['an unknown option', ['--rediss', 'redis://localhost:6379'], usage],
  ['an empty value', ['--redis='], needsUrl],
  ['a value that is no URL', ['--redis', 'localhost'], needsUrl],
  ['a URL of another kind', ['--redis', 'http://user:secret@localhost:6379'], needsUrl],
  [
    'a port where no server listens',
    ['--redis', 'redis://user:secret@127.0.0.1:1'],
    'npm start: --redis: cannot use the server at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n',
  ],
])(
  'the demo stops with one clear line for %s',
  async (_, args, line) => {
    const outcome = promisify(execFile)(process.execPath, [demo, ...args])
    await expect(outcome).rejects.toMatchObject({ code: 1, stdout: '', stderr: line })
  },
  patience,
)

/** Waits until the demo invites to try its servers, and returns their origins. */
async function originsOf({ output, process: started }: Started): Promise<string[]> {
  while (!output().includes('# accepted by B\n') && started.exitCode === null) await setTimeout(20)
  return [...new Set(output().match(/http:\/\/127\.0\.0\.1:\d+/g))]
}

/** Whether the server at the origin stops accepting connections within ten seconds. */
async function ends(origin: string): Promise<boolean> {
  for (let look = 0; look < 200; look += 1) {
    if (!(await accepts(origin))) return true
    await setTimeout(50)
  }
  return false
}

/** Connects without a request: a `fetch` may wait forever if the server is killed at the wrong moment. */
function accepts(origin: string): Promise<boolean> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

test.each([
  ['the demo', process.execPath, () => [demo], 'SIGKILL'],
  ['npm start', 'npm', () => ['start'], 'SIGKILL'],
  ['npm start -- --redis URL', 'npm', () => ['start', '--', '--redis', redis.url], 'SIGTERM'],
] as const)(
  'killing %s ends the issuer, the three servers and the two instances',
  async (_, command, args, signal) => {
    const started = start(command, args())
    const origins = await originsOf(started)
    expectBothActs(started.output())
    expect(origins).toHaveLength(6)
    started.process.kill(signal)
    await started.exited
    expect(await Promise.all(origins.map(ends))).toEqual(origins.map(() => true))
  },
  patience,
)

test('a demo that was ended by a signal removes its keys from Redis', async () => {
  const client = createClient({ url: redis.url })
  await client.connect()
  try {
    while ((await client.keys('*bearerkit-demo-*')).length > 0) await setTimeout(50)
  } finally {
    client.destroy()
  }
})
