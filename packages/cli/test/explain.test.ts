import type { Explanation } from '@bearerkit/core'
import { createDpopClient, createTestIssuer, type ForgedTokens, type TestIssuer } from '@bearerkit/testing'
import { bearerkit, bearerkitJson } from './support/terminal.ts'

let issuer: TestIssuer
let options: readonly string[]

beforeAll(async () => {
  issuer = await createTestIssuer()
  options = ['--issuer', issuer.issuer, '--audience', issuer.audience]
})

afterEach(() => issuer.recover())
afterAll(() => issuer.close())

interface Verdict {
  readonly code: number
  readonly step: string | undefined
  readonly reason: string | undefined
  readonly advice: string
}

/** The step that failed, and the reason for the log. */
async function verdictOn(token: string, args: readonly string[] = options): Promise<Verdict> {
  const { code, json } = await bearerkitJson<Explanation>(['explain', token, ...args])
  const failed = json.steps.filter(({ outcome }) => outcome === 'failed')
  expect(failed.length).toBeLessThan(2)
  return {
    code,
    step: failed[0]?.name,
    reason: json.answer.reason,
    advice: failed[0]?.advice ?? '',
  }
}

test('a good token is accepted, and every step has passed', async () => {
  const { code, stdout } = await bearerkit(['explain', await issuer.issue(), ...options])
  expect(code).toBe(0)
  expect(stdout).toContain('✓')
  expect(stdout).not.toMatch(/[✗·]/)
  expect(stdout).toMatch(/\naccepted\n$/)
})

test('a refusal shows the steps, what was expected and found, advice, and in the last line the answer of the API', async () => {
  const { code, stdout } = await bearerkit(['explain', await issuer.forged.wrongAudience(), ...options])
  expect(code).toBe(1)
  expect(stdout).toMatch(/✓ {2}signature/)
  expect(stdout).toMatch(
    /✗ {2}audience .*\n {6}expected: .*api\.example\.com.*\n {6}found: {4}.*other-resource.*\n {6}\S/,
  )
  expect(stdout).toMatch(/^ {2}· {2}not reached: .*expiry/m)
  expect(stdout).toMatch(
    /\nrefused: audience_mismatch\nThe API answers 401, WWW-Authenticate: Bearer realm="api", error="invalid_token".*\n$/,
  )
})

/** The step and the reason for each forged token. */
const forgeries: Readonly<Record<keyof ForgedTokens, readonly [step: string, reason: string]>> = {
  algNone: ['format', 'token_malformed'],
  hs256WithPublicKey: ['algorithm', 'algorithm_not_accepted'],
  wrongKey: ['signature', 'signature_invalid'],
  unknownKid: ['key', 'key_unknown'],
  wrongTyp: ['type', 'type_not_accepted'],
  expired: ['expiry', 'token_expired'],
  notYetValid: ['not before', 'token_not_yet_valid'],
  wrongIssuer: ['issuer', 'issuer_mismatch'],
  wrongAudience: ['audience', 'audience_mismatch'],
  missingExp: ['required claims', 'claim_missing'],
  infiniteExp: ['time claims', 'claim_invalid'],
  embeddedJwk: ['signature', 'signature_invalid'],
  jku: ['signature', 'signature_invalid'],
  x5c: ['signature', 'signature_invalid'],
  unknownCrit: ['critical extensions', 'critical_header_unsupported'],
  fiveParts: ['format', 'token_malformed'],
  tamperedPayload: ['signature', 'signature_invalid'],
  flippedSignatureBit: ['signature', 'signature_invalid'],
  nonCanonicalSignature: ['signature', 'token_malformed'],
  junk: ['format', 'token_malformed'],
  hostileAlg: ['algorithm', 'algorithm_not_accepted'],
  boundToKey: ['binding', 'proof_required'],
}

const forge: Partial<Readonly<Record<keyof ForgedTokens, () => Promise<string>>>> = {
  jku: () => issuer.forged.jku(`${issuer.issuer}/elsewhere.json`),
  junk: () => issuer.forged.junk(200),
}

test.each(Object.entries(forgeries))('names the cause of the forgery %s', async (name, [step, reason]) => {
  const token = await (forge[name as keyof ForgedTokens] ?? issuer.forged[name as 'expired'])()
  expect(await verdictOn(token)).toMatchObject({ code: 1, step, reason })
})

describe('names the cause of a mistake:', () => {
  test('an audience with a slash at its end', async () => {
    const verdict = await verdictOn(await issuer.issue({}, { audience: `${issuer.audience}/` }))
    expect(verdict).toMatchObject({
      code: 1,
      reason: 'audience_mismatch',
      advice: expect.stringContaining('slash') as string,
    })
  })

  test('a key that is not published yet', async () => {
    const other = await createTestIssuer()
    const token = await other.forge({
      claims: { iss: issuer.issuer },
      header: { kid: 'test.2' },
    })
    expect(await verdictOn(token)).toMatchObject({
      code: 1,
      reason: 'key_unknown',
      advice: expect.stringMatching(/publish/) as string,
    })
    await other.close()
  })

  test('a clock that is off', async () => {
    const ahead = await createTestIssuer({
      clock: { now: () => Date.now() + 600_000 },
    })
    const verdict = await verdictOn(await ahead.issue(), ['--issuer', ahead.issuer, '--audience', ahead.audience])
    expect(verdict).toMatchObject({
      code: 1,
      reason: 'token_issued_in_future',
      advice: expect.stringMatching(/clock/) as string,
    })
    await ahead.close()
  })

  test('an ID token in place of an access token', async () => {
    const token = await issuer.forge({
      header: { typ: 'JWT' },
      claims: { aud: 'portal', nonce: 'n', client_id: undefined },
    })
    expect(await verdictOn(token)).toMatchObject({
      code: 1,
      advice: expect.stringContaining('ID token') as string,
    })
  })

  test('an issuer that is down', async () => {
    const token = await issuer.issue()
    issuer.fail({ kind: 'down' })
    expect(await verdictOn(token)).toMatchObject({
      code: 3,
      step: 'keys',
      reason: 'key_source_unavailable',
    })
  })
})

describe('takes the options of verifyJwt:', () => {
  test.each<[string, string[], string | undefined]>([
    ['--jwks-url', ['--jwks-url', 'JWKS'], undefined],
    ['--profile', ['--profile', 'rfc9068'], undefined],
    ['--algorithms', ['--algorithms', 'RS256,PS256'], 'algorithm_not_accepted'],
    ['--algorithms, repeated', ['--algorithms', 'RS256', '--algorithms', 'ES256'], undefined],
    ['--required-claims', ['--required-claims', 'tenant'], 'claim_missing'],
    ['--max-token-age', ['--max-token-age', '1s'], undefined],
    ['--clock-tolerance', ['--clock-tolerance', '0s'], undefined],
    ['--request-timeout', ['--request-timeout', '10s'], undefined],
    ['--jwks-hosts', ['--jwks-hosts', 'keys.example.com'], 'key_source_unavailable'],
  ])('%s', async (_, args, reason) => {
    const given = args.map((arg) => (arg === 'JWKS' ? issuer.jwksUrl : arg))
    expect((await verdictOn(await issuer.issue(), [...options, ...given])).reason).toBe(reason)
  })

  test('and the token may follow any of them', async () => {
    const args = ['--issuer', issuer.issuer, '--algorithms', 'ES256', '--audience', `other,${issuer.audience}`]
    const { code } = await bearerkit(['explain', ...args, await issuer.issue()])
    expect(code).toBe(0)
  })

  test('--any-audience', async () => {
    const token = await issuer.forged.wrongAudience()
    expect(await verdictOn(token, ['--issuer', issuer.issuer, '--any-audience'])).toMatchObject({ code: 0 })
  })

  test('BEARERKIT_ISSUER and BEARERKIT_AUDIENCE', async () => {
    const { env } = process
    process.env = {
      ...env,
      BEARERKIT_ISSUER: issuer.issuer,
      BEARERKIT_AUDIENCE: issuer.audience,
    }
    expect(await verdictOn(await issuer.issue(), [])).toMatchObject({
      code: 0,
    })
    process.env = env
  })

  test('--dpop, with the method and the URL of the request', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const url = 'https://api.example.com/orders?page=2'
    const proof = await client.proof({ method: 'POST', url, token })
    const args = [...options, '--dpop', proof, '--url', url]
    expect(await verdictOn(token, [...args, '--method', 'POST'])).toMatchObject({ code: 0 })
    expect(await verdictOn(token, args)).toMatchObject({
      code: 1,
      reason: 'dpop_htm_mismatch',
    })
    const other = [...options, '--dpop', proof, '--method', 'POST', '--url', 'https://api.example.com/users']
    expect(await verdictOn(token, other)).toMatchObject({
      code: 1,
      reason: 'dpop_htu_mismatch',
    })
    expect(await verdictOn(token)).toMatchObject({
      code: 1,
      reason: 'proof_required',
    })
  })
})

test.each([
  ['no issuer', ['--audience', 'api'], 'issuer'],
  ['no audience', ['--issuer', 'https://issuer.example.com'], 'audience'],
  [
    'an audience and none',
    ['--issuer', 'https://a.example', '--audience', 'a', '--any-audience'],
    'cannot be used with',
  ],
  ['an unknown algorithm', ['--issuer', 'https://a.example', '--audience', 'a', '--algorithms', 'RS257'], 'algorithms'],
  ['no duration', ['--issuer', 'https://a.example', '--audience', 'a', '--clock-tolerance', 'much'], 'clockTolerance'],
  ['a proof without a URL', ['--issuer', 'https://a.example', '--audience', 'a', '--dpop', 'x'], '--url'],
  [
    'a URL without a proof',
    ['--issuer', 'https://a.example', '--audience', 'a', '--url', 'https://b.example'],
    '--dpop',
  ],
])('exits with 2 for %s, before it asks for a token', async (_, args, message) => {
  const { code, stdout, stderr } = await bearerkit(['explain', ...args], {
    input: '',
  })
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
})

test('no output contains the token, or lets it control the terminal', async () => {
  const client = await createDpopClient()
  const bound = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
  const proof = await client.proof({
    method: 'GET',
    url: 'https://api.example.com/',
    token: bound,
  })
  const hostile = '\u001B]0;owned\u0007\u009B31m\u202E'
  const tokens = [
    await issuer.issue({ sub: hostile, jti: hostile }),
    await issuer.forge({ claims: { iss: hostile, aud: hostile } }),
    await issuer.forge({
      header: { alg: hostile, typ: hostile, kid: hostile },
    }),
    await issuer.forge({ header: { kid: hostile } }),
    await issuer.forge({ claims: { aud: hostile } }),
    await issuer.forged.junk(300),
    bound,
  ]
  const proofs = ['--dpop', proof, '--url', 'https://api.example.com/']
  for (const token of tokens) {
    for (const args of [options, [...options, '--json'], [...options, ...proofs]]) {
      const { stdout, stderr } = await bearerkit(['explain', token, ...args])
      const output = `${stdout}${stderr}`
      expect(output).not.toMatch(/[^\P{C}\n]/u)
      for (const part of [token, ...token.split('.').filter((one) => one.length > 40), proof])
        expect(output).not.toContain(part)
    }
  }
})

test.each(['alg', 'typ', 'kid'])('another token in `%s` is not shown, however short it is', async (member) => {
  const short = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s1gnature'
  const token = await issuer.forge({ header: { [member]: short } })
  for (const more of [[], ['--json']]) {
    const { stdout } = await bearerkit(['explain', token, ...options, ...more])
    expect(stdout).toContain(`(a token of ${short.length} characters)`)
    expect(stdout).not.toContain('s1gnature')
  }
})
