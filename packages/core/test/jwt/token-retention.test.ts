import { join } from 'node:path'
import { source } from '../support/bundle.ts'
import { runApart } from '../support/own-process.ts'

/**
 * Verifies valid and invalid tokens, then searches the heap for their signatures. A slice of a string keeps the whole
 * string in memory, and only the heap shows that. One token is kept on purpose, to prove that the search works.
 */
const program = `
import { getHeapSnapshot } from 'node:v8'
import { TokenIssuer, TokenVerifier, LocalKeyProvider } from ${JSON.stringify(join(source, 'index.ts'))}

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })
const options = { keys, issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const issuer = new TokenIssuer(options)
const verifier = new TokenVerifier(options)

/** Stores the search terms reversed, so the search does not find the terms themselves. */
const reversed = (text) => [...text].reverse().join('')

const kept = await issuer.issue({ sub: 'kept' })

async function verifySome() {
  const signatures = [reversed(kept.split('.')[2])]
  for (let number = 0; number < 10; number += 1) {
    const token = await issuer.issue({ sub: 'subject-' + number })
    signatures.push(reversed(token.split('.')[2]))
    await verifier.verify(Buffer.from(token).toString('latin1'))
    const bad = token.slice(0, -6) + 'AAAAAA'
    await verifier.verify(Buffer.from(bad).toString('latin1')).catch(() => undefined)
  }
  return signatures
}

const signatures = await verifySome()
// The engine keeps the text that a regular expression last matched.
void new RegExp('forget').exec('forget')
for (let pass = 0; pass < 4; pass += 1) {
  gc()
  await new Promise((resolve) => setTimeout(resolve, 20))
}
let heap = ''
for await (const part of getHeapSnapshot()) heap += part
const [keptIsFound, ...othersAreFound] = signatures.map((signature) => heap.includes(reversed(signature).slice(0, 60)))
console.log(JSON.stringify({
  // Used here, so it stays in memory until the snapshot.
  kept: keptIsFound && kept.length > 0,
  others: othersAreFound.filter(Boolean).length,
  claims: Array.from({ length: 10 }, (_, number) => heap.includes('"subject-' + number + '"')).filter(Boolean).length,
}))
`

it('a verifier caches claims, but keeps no usable token in memory', async () => {
  expect(await runApart(program, ['--expose-gc'])).toEqual({ kept: true, others: 0, claims: 10 })
}, 90_000)
