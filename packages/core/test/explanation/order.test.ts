import { createDpopClient, createTestIssuer, type TestIssuer, type TokenChange, wrongProofs } from '@bearerkit/testing'
import { tokenFaults } from '../../src/errors.ts'
import { claimSteps } from '../../src/explanation/steps/claim-steps.ts'
import { introspectionStep } from '../../src/explanation/steps/introspection-steps.ts'
import { issuerStep } from '../../src/explanation/steps/issuer-steps.ts'
import { keySteps } from '../../src/explanation/steps/key-steps.ts'
import { proofSteps } from '../../src/explanation/steps/proof-steps.ts'
import { timeSteps } from '../../src/explanation/steps/time-steps.ts'
import { credentialSteps } from '../../src/explanation/steps/credential-steps.ts'
import { headerSteps } from '../../src/explanation/steps/header-steps.ts'
import { useSteps } from '../../src/explanation/steps/use-steps.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'

let issuer: TestIssuer
let verifier: TokenVerifier<unknown>

beforeAll(async () => {
  issuer = await createTestIssuer()
  verifier = new TokenVerifier<unknown>({
    issuer: issuer.issuer,
    audience: issuer.audience,
    requiredClaims: ['tenant'],
    maxTokenAge: '2h',
    claims: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => (Object(value).schema === 'broken' ? { issues: [{ message: 'no' }] } : { value }),
      },
    },
    isRevoked: ({ revoked }) => revoked === true,
  })
})
afterAll(() => issuer.close())

const now = Math.floor(Date.now() / 1000)
const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as unknown

/** A change that breaks one step each, in the order of the steps. */
const breakers: readonly (readonly [step: string, reason: string, change: TokenChange])[] = [
  ['length', 'token_too_long', { claims: { more: 'x'.repeat(16_384) } }],
  ['format', 'token_malformed', { compact: (token) => `${token}.AAAA` }],
  ['header', 'token_malformed', { header: { kid: 1 } }],
  ['critical extensions', 'critical_header_unsupported', { header: { crit: ['x'] } }],
  ['type', 'type_not_accepted', { header: { typ: 'logout+jwt' } }],
  ['algorithm', 'algorithm_not_accepted', { header: { alg: 'HS256' } }],
  ['payload', 'token_malformed', { payload: (json) => `[${json}]` }],
  ['issuer', 'issuer_mismatch', { claims: { iss: 'https://other.example' } }],
  ['key', 'key_unknown', { header: { kid: 'other' } }],
  ['signature', 'signature_invalid', { signer: () => new Uint8Array(64) }],
  ['nesting', 'token_malformed', { claims: { deep } }],
  ['required claims', 'claim_missing', { claims: { tenant: undefined } }],
  ['text claims', 'claim_invalid', { claims: { sub: 1 } }],
  ['audience', 'audience_mismatch', { claims: { aud: 'https://other.example' } }],
  ['time claims', 'claim_invalid', { claims: { iat: 'now' } }],
  ['expiry', 'token_expired', { claims: { exp: now - 60 } }],
  ['not before', 'token_not_yet_valid', { claims: { nbf: now + 3600 } }],
  ['issued at', 'token_issued_in_future', { claims: { iat: now + 3600 } }],
  ['age', 'token_too_old', { claims: { iat: now - 3 * 3600 } }],
  ['binding', 'proof_required', { claims: { cnf: { jkt: 'A'.repeat(43) } } }],
  ['schema', 'claims_rejected', { claims: { schema: 'broken' } }],
  ['revocation', 'token_revoked', { claims: { revoked: true } }],
]

function both(one: TokenChange, other: TokenChange): TokenChange {
  return {
    ...one,
    ...other,
    header: { ...one.header, ...other.header },
    claims: { tenant: 't', ...one.claims, ...other.claims },
  }
}

/** False if both change the same member, so that the second would undo the first. */
function fitTogether(one: TokenChange, other: TokenChange): boolean {
  return (['header', 'claims'] as const).every((part) => {
    return Object.keys(one[part] ?? {}).every((name) => !Object.hasOwn(other[part] ?? {}, name))
  })
}

async function failureOf(change: TokenChange): Promise<readonly [string | undefined, string | undefined]> {
  const { steps, answer } = await verifier.explain(await issuer.forge(change))
  return [steps.find(({ outcome }) => outcome === 'failed')?.name, answer.reason]
}

test.each(breakers)('the step %s fails with %s', async (step, reason, change) => {
  expect(await failureOf(both({}, change))).toEqual([step, reason])
})

test.each(breakers.slice(0, -1).map(([step, reason, change], index) => ({ step, reason, change, index })))(
  'the verification checks $step before every later step',
  async ({ step, reason, change, index }) => {
    const later = breakers.slice(index + 1).filter(([, , other]) => fitTogether(change, other))
    const found = await Promise.all(later.map(([, , other]) => failureOf(both(change, other))))
    expect(new Set(found.map(String))).toEqual(new Set([`${step},${reason}`]))
  },
)

test('the steps are in the order of the table', async () => {
  const { steps } = await verifier.explain(await issuer.forge(both({}, { claims: { nbf: now } })))
  const names = steps.map(({ name }) => name).filter((name) => name !== 'credentials' && name !== 'keys')
  expect(names).toEqual(breakers.map(([step]) => step))
})

test('every fault of a token and of a proof belongs to a step', () => {
  const steps = [
    credentialSteps,
    headerSteps,
    [issuerStep, introspectionStep],
    keySteps,
    claimSteps,
    timeSteps,
    useSteps,
    proofSteps,
  ]
  const faults = steps.flat().flatMap((step) => step.faults.map((fault) => fault.replace(/:.*/, '')))
  // Only logout tokens count once.
  const expected = Object.keys(tokenFaults).filter((fault) => fault !== 'token_replayed')
  expect(faults).toEqual(expect.arrayContaining(expected))
  expect(faults).toEqual(expect.arrayContaining(Object.values(wrongProofs).map(({ reason }) => reason)))
})

describe('with a DPoP proof', () => {
  const url = 'https://api.example.com/me'

  test('each wrong proof of the kit fails in a step of its own, with its reason and the challenge of DPoP', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const api = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, dpop: true })
    for (const [name, { reason, make }] of Object.entries(wrongProofs)) {
      const proof = await make(client, { url, token })
      const { steps, answer } = await api.explain(token, { dpop: { proof, url } })
      const failed = steps.filter(({ outcome }) => outcome === 'failed')
      expect([name, answer.reason, failed.length, failed[0]?.name.startsWith('DPoP')]).toEqual([name, reason, 1, true])
      expect(JSON.stringify(answer.headers)).toContain('error=\\"invalid_dpop_proof\\"')
    }
  })

  test('a good proof passes, and can still be used afterwards', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const used: string[] = []
    const replay = { firstUse: (id: string) => Promise.resolve(used.push(id) > 0) }
    const api = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, dpop: { replay } })
    const proof = await client.proof({ method: 'POST', url: `${url}?a=b`, token })
    const { steps, answer } = await api.explain(token, { dpop: { proof, url, method: 'POST' } })
    expect(answer.outcome).toBe('accepted')
    expect(steps.at(-1)).toMatchObject({ name: 'DPoP single use', outcome: 'skipped' })
    expect(used).toEqual([])
  })

  test('an API without DPoP refuses the scheme', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const api = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience })
    const { steps, answer } = await api.explain(token, { dpop: { proof: await client.proof({ url, token }), url } })
    expect(steps[0]).toMatchObject({ name: 'scheme', outcome: 'failed', expected: 'Bearer', found: 'DPoP' })
    expect(answer).toMatchObject({ status: 401, code: 'credentials_missing' })
  })

  test('a token that is not bound is refused with the scheme DPoP', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue()
    const api = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, dpop: true })
    const { steps, answer } = await api.explain(token, { dpop: { proof: await client.proof({ url, token }), url } })
    expect(steps.at(-1)).toMatchObject({
      name: 'binding',
      outcome: 'failed',
      advice: expect.stringContaining('scheme Bearer') as string,
    })
    expect(answer.reason).toBe('token_unbound')
  })
})
