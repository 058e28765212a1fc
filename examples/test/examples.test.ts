import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const root = join(__dirname, '../..')
const demo = join(__dirname, '../dist/demo/demo.js')

test('the demo gets the expected answer from every example server, and says so', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [demo, '--once'])
  expect(stdout).toContain('Every answer was as expected.')
  expect(stdout).toMatch(/GET \/reports, good token +200 +200 +200/)
  expect(stdout).toMatch(/GET \/me, no token +401 +401 +401 +Bearer realm="api"\n/)
  expect(stdout).toMatch(/GET \/\.well-known\/jwks\.json +200 +200 +200/)
  expect(stdout).toContain('before the rotation: demo.1 active\n')
  expect(stdout).toContain('the next version is published: demo.1 active, demo.2 pending\n')
  expect(stdout).toContain('a second later it signs: demo.1 retired, demo.2 active\n')
  expect(stdout).toMatch(/GET \/me, token of a known key +200 +200 +200/)
}, 30_000)

test.each(['express', 'koa', 'fastify'])(
  'the %s example without its variables stops with a sentence that names both',
  async (name) => {
    const environment = { ...process.env, BEARERKIT_ISSUER: undefined, BEARERKIT_AUDIENCE: undefined }
    const program = join(__dirname, `../dist/${name}.js`)
    await expect(promisify(execFile)(process.execPath, [program], { env: environment })).rejects.toMatchObject({
      stderr: expect.stringContaining('verifyJwt: option `issuer` (or BEARERKIT_ISSUER) is missing') as string,
    })
  },
)

/** Waits until the demo invites to try its servers, and returns their origins. */
async function originsOf({ stdout }: ChildProcess): Promise<string[]> {
  let text = ''
  for await (const chunk of stdout ?? []) {
    text += String(chunk)
    if (text.includes("# the issuer's keys")) break
  }
  return [...new Set(text.match(/http:\/\/127\.0\.0\.1:\d+/g))]
}

/** Whether the server at the origin stops answering within two seconds. */
async function ends(origin: string): Promise<boolean> {
  for (let look = 0; look < 40; look += 1) {
    const answered = await fetch(origin).then(Boolean, () => false)
    if (!answered) return true
    await setTimeout(50)
  }
  return false
}

test.each([
  ['the demo', process.execPath, [demo], 'SIGKILL'],
  ['npm start', 'npm', ['start'], 'SIGTERM'],
] as const)(
  'killing %s ends the issuer and the three servers',
  async (_, command, args, signal) => {
    const started = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    const origins = await originsOf(started)
    expect(origins).toHaveLength(4)
    started.kill(signal)
    await once(started, 'exit')
    expect(await Promise.all(origins.map(ends))).toEqual([true, true, true, true])
  },
  20_000,
)
