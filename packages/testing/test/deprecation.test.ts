import { join } from 'node:path'
import { runApart } from '../../core/test/support/own-process.ts'

const source = join(import.meta.dirname, '..', 'src', 'index.ts')

/** Signs in the common ways, and collects warnings. Only Node 24 and later have the one in question (DEP0204). */
const program = `
import { createDpopClient, testIssuer } from ${JSON.stringify(source)}

const warnings = []
process.on('warning', ({ message }) => warnings.push(message))

for (const alg of ['RS256', 'PS256', 'ES256', 'Ed25519']) {
  const issuer = await testIssuer({ alg })
  issuer.authorization({}, { dpop: { url: 'https://api.example.com/' } })
  await issuer.forge({ claims: { sub: 'user-2' } })
  await issuer.forged.wrongKey()
  await issuer.keys.rotateKey('test')
  await issuer.forge()
  const client = await createDpopClient({ alg })
  await client.proof({ url: 'https://api.example.com/' })
}

process.emitWarning('this one is seen', 'DeprecationWarning')
await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify(warnings))
`

it('signs tokens and proofs without deprecation warnings', async () => {
  expect(await runApart(program, ['--no-warnings'])).toEqual(['this one is seen'])
}, 90_000)
