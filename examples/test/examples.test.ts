import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const issuerAndAudience = 'verifyJwt: option `issuer` (or BEARERKIT_ISSUER) is missing'
const encryptionKeys = 'StoredKeyProvider: option `encryptionKeys` (or BEARERKIT_ENCRYPTION_KEYS) is missing'

test.each([
  ['express', issuerAndAudience],
  ['koa', issuerAndAudience],
  ['fastify', issuerAndAudience],
  ['node', issuerAndAudience],
  ['hono', issuerAndAudience],
  ['nestjs', issuerAndAudience],
  ['token-service', encryptionKeys],
])('the %s example without its variables stops with a sentence that names them', async (name, sentence) => {
  const missing = { BEARERKIT_ISSUER: undefined, BEARERKIT_AUDIENCE: undefined, BEARERKIT_ENCRYPTION_KEYS: undefined }
  const program = join(__dirname, `../dist/${name}.js`)
  const env = { ...process.env, ...missing }
  await expect(promisify(execFile)(process.execPath, [program], { env })).rejects.toMatchObject({
    stderr: expect.stringContaining(sentence) as string,
  })
})
