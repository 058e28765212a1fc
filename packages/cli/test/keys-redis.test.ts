import { randomUUID } from 'node:crypto'
import { redisForTests, redisPatience } from '../../../test/support/redis-server.ts'
import type { KeyRow } from '../src/keys/key-row.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'

let server: Awaited<ReturnType<typeof redisForTests>>
let store: readonly string[]
const { env } = process

beforeAll(async () => {
  server = await redisForTests()
  store = ['--store', server.url, '--prefix', `test ${randomUUID()}:`]
  process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }
}, redisPatience)

afterAll(async () => {
  process.env = env
  await server.close()
})

test('the keys of a fleet in Redis are created, listed, rotated, encrypted again and destroyed', async () => {
  const made = await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', ...store])
  const rotated = await bearerkit(['keys', 'rotate', 'orders', ...store, '--activate-after', '1h'])
  const encrypted = await bearerkit(['keys', 'reencrypt', ...store])
  const destroyed = await bearerkit(['keys', 'destroy', 'orders.1', ...store, '--yes'])
  expect([made.code, rotated.code, encrypted.code, destroyed.code]).toEqual([0, 0, 0, 0])
  const { code, json } = await bearerkitJson<{ keys: readonly KeyRow[] }>(['keys', 'list', ...store])
  expect([code, json.keys.map(({ publishedKid, state }) => `${publishedKid} ${state}`)]).toEqual([
    0,
    ['orders.2 active'],
  ])
})

test('mint signs with a key in Redis', async () => {
  await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'mail', ...store])
  const options = ['--kid', 'mail', '--issuer', 'https://issuer.example.com', '--audience', 'https://api.example.com']
  const { code, stdout } = await bearerkit(['mint', ...store, ...options])
  expect(code).toBe(0)
  expect(JSON.parse(Buffer.from(String(stdout.split('.')[0]), 'base64url').toString())).toMatchObject({ kid: 'mail.1' })
})
