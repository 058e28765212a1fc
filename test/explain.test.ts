import { generateKeyPairSync, sign } from 'node:crypto'
import { type Explanation, LocalKeyProvider, TokenIssuer, TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type ForgedTokens } from '@bearerkit/testing'
import * as fc from 'fast-check'
import { mutantsOf } from './fuzz/mutants.ts'

const total = Number(process.env['MUTANTS'] ?? 10_000)

async function verdictOf(verifier: TokenVerifier, token: string): Promise<string> {
  return verifier.verify(token).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  )
}

/** RFC 6750 §2.1: an API answers other text with 400, whatever the verifier says of it. */
function hasTokenSyntax(text: string): boolean {
  return /^[\w.~+/-]+=*$/.test(text)
}

/** Compares an explanation with the verification, and with itself. Returns the reason. */
async function agreedReason(verifier: TokenVerifier, token: string): Promise<string> {
  const verdict = await verdictOf(verifier, token)
  const explanation = await verifier.explain(token)
  const { steps, answer } = explanation
  const failed = steps.filter(({ outcome }) => outcome === 'failed').length
  const reason = answer.outcome === 'accepted' ? 'accepted' : String(answer.reason)
  const expected = hasTokenSyntax(token) || verdict === 'accepted' ? verdict : 'credentials_malformed'
  const hasFailed = reason === 'accepted' ? 0 : 1
  if (reason !== expected || failed !== hasFailed)
    throw new Error(`verify: ${verdict}, explain: ${reason} with ${failed} failed steps, for ${JSON.stringify(token)}`)
  checkSecrecy(explanation, token)
  return reason
}

function checkSecrecy(explanation: Explanation, token: string): void {
  const text = JSON.stringify(explanation)
  const signature = token.split('.')[2] ?? ''
  if (token.length > 100 && text.includes(token)) throw new Error(`shows the token ${token}`)
  if (signature.length > 40 && text.includes(signature)) throw new Error(`shows the signature of ${token}`)
}

test('explain() and verify() agree on each forged token of the kit', async () => {
  await using issuer = await createTestIssuer()
  const verifier = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience })
  const reasons: Record<string, string> = {}
  for (const [name, forge] of Object.entries(issuer.forged) as [
    keyof ForgedTokens,
    (arg?: unknown) => Promise<string>,
  ][]) {
    reasons[name] = await agreedReason(verifier, await forge(name === 'junk' ? 60 : undefined))
  }
  expect(Object.values(reasons)).not.toContain('accepted')
  expect(await agreedReason(verifier, await issuer.issue())).toBe('accepted')
})

test(`explain() and verify() agree on ${total} mutants of a good token`, async () => {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256', kid: 'fuzz' })
  const rules = { keys, issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
  const token = await new TokenIssuer(rules).issue({ sub: 'user-1', scope: 'read' })
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const mutants = mutantsOf(token, (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
  )
  const verifier = new TokenVerifier(rules)
  const seen = new Set<string>()
  const property = fc.asyncProperty(mutants, async ([line = '']) => {
    seen.add(await agreedReason(verifier, line.replace(/^Bearer /, '')))
  })
  await fc.assert(property, { numRuns: total, seed: 9068 })
  for (const reason of [
    'credentials_malformed',
    'token_malformed',
    'signature_invalid',
    'issuer_mismatch',
    'key_unknown',
  ])
    expect(seen).toContain(reason)
}, 60_000)
