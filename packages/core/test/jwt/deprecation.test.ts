import { join } from 'node:path'
import { source } from '../support/bundle.ts'
import { runApart } from '../support/own-process.ts'

/** Issues and verifies a token with every stable algorithm (ML-DSA is experimental in Node), and collects warnings. */
const program = `
import { LocalKeyProvider, TokenIssuer, TokenVerifier } from ${JSON.stringify(join(source, 'index.ts'))}

const warnings = []
process.on('warning', ({ message }) => warnings.push(message))

const { algorithms } = new LocalKeyProvider().supports()
const verified = []
for (const alg of algorithms.filter((alg) => /^(?:[RPEH]S[0-9]|Ed)/.test(alg))) {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg })
  const options = { keys, issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
  await new TokenVerifier({ ...options, algorithms: [alg] }).verify(await new TokenIssuer(options).issue({ sub: alg }))
  verified.push(alg)
}

process.emitWarning('this one is seen')
await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify({ verified, warnings }))
`

it('issues and verifies tokens without deprecation warnings', async () => {
  expect(await runApart(program, ['--no-warnings'])).toEqual({
    verified: expect.arrayContaining(['RS256', 'PS256', 'ES256', 'HS256', 'Ed25519']) as string[],
    warnings: ['this one is seen'],
  })
}, 90_000)
