import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const demo = join(__dirname, '../dist/demo.js')

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
