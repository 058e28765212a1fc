import type { Inspection } from '../src/inspect/inspection.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'
import { goodClaims, newYear, newYearClock as clock, unsigned } from './support/tokens.ts'

const good = unsigned(goodClaims)

async function inspect(token: string): Promise<{ code: number; json: Inspection }> {
  return bearerkitJson<Inspection>(['inspect', token], { clock })
}

test('shows header, claims and times in words, and says that nothing was verified', async () => {
  const { code, stdout } = await bearerkit(['inspect', good], { clock })
  expect(code).toBe(0)
  expect(stdout).toBe(`Header
  alg  "ES256"
  typ  "at+jwt"
  kid  "test.1"

Claims
  iss        "https://issuer.example.com"
  aud        "https://api.example.com"
  sub        "user-1"
  client_id  "portal"
  scope      "reports:read"
  iat        1767225540  2025-12-31T23:59:00Z, 1 minute ago
  exp        1767226140  2026-01-01T00:09:00Z, in 9 minutes

Nothing was verified: anyone can write such a token. \`bearerkit explain\` checks it.
`)
})

describe('takes the token', () => {
  const kindOf = async (args: readonly string[], setting: object): Promise<string> => {
    const { stdout } = await bearerkit(['inspect', ...args, '--json'], { clock, ...setting })
    return (JSON.parse(stdout) as Inspection).kind
  }

  test.each([
    ['from its argument', [good], {}],
    ['from standard input', [], { input: `${good}\n` }],
    ['from standard input, if the argument is a dash', ['-'], { input: good }],
    ['with its scheme', [`Bearer ${good}`], {}],
    ['with the name of its header', [], { input: `Authorization: DPoP ${good}\r\n` }],
    ['in quotes', [`"${good}"`], {}],
    ['with the line breaks of a terminal', [], { input: good.replaceAll(/.{60}/g, '$&\n') }],
    ['from a prompt', [], { typed: `${good}\n` }],
  ])('%s', async (_, args, setting) => {
    expect(await kindOf(args, setting)).toBe('jws')
  })

  test('and does not show what is typed at the prompt', async () => {
    const { stderr } = await bearerkit(['inspect'], { clock, typed: `${good}\n` })
    expect(stderr).toBe('Paste it here (not shown): \n')
  })

  test.each([
    ['nothing', {}, 'there is no token'],
    ['only white space', { input: ' \n' }, 'there is no token'],
    ['an empty line at the prompt', { typed: '\n' }, 'there is no token'],
    ['more than a token can be', { input: 'a'.repeat(300_000) }, 'longer than 256 KB'],
  ])('but not %s', async (_, setting, message) => {
    const { code, stderr } = await bearerkit(['inspect'], setting)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

test('finds nothing wrong with a good token', async () => {
  expect(await inspect(good)).toMatchObject({ code: 0, json: { verified: false, findings: [] } })
})

const now = newYear

test.each<[string, string, string]>([
  ['alg_none', 'an unsecured token', unsigned(goodClaims, { alg: 'none' }, '')],
  ['no_signature', 'a token that was cut off', unsigned(goodClaims, {}, '')],
  ['not_base64url', 'a token in base64 with padding', unsigned(goodClaims, {}, 'AA==')],
  ['too_long', 'a token that is too long', unsigned({ ...goodClaims, roles: 'a'.repeat(20_000) })],
  ['long', 'a token that is long', unsigned({ ...goodClaims, roles: 'a'.repeat(8000) })],
  ['alg_missing', 'a header without an algorithm', unsigned(goodClaims, { alg: undefined })],
  ['alg_unknown', 'an unknown algorithm', unsigned(goodClaims, { alg: 'XX1' })],
  ['alg_not_default', 'a shared secret', unsigned(goodClaims, { alg: 'HS256' })],
  ['alg_not_default', 'ES256K', unsigned(goodClaims, { alg: 'ES256K' })],
  ['typ_missing', 'a header without a type', unsigned(goodClaims, { typ: undefined })],
  ['typ_not_accepted', 'a DPoP proof', unsigned(goodClaims, { typ: 'dpop+jwt' })],
  ['typ_not_accepted', 'a logout token', unsigned(goodClaims, { typ: 'application/logout+jwt' })],
  ['critical_header', 'a critical extension', unsigned(goodClaims, { crit: ['exp'] })],
  ['embedded_key', 'a key in the header', unsigned(goodClaims, { jwk: { kty: 'EC' } })],
  ['kid_missing', 'a header without a kid', unsigned(goodClaims, { kid: undefined })],
  ['kid_invalid', 'a kid that is a number', unsigned(goodClaims, { kid: 1 })],
  ['iss_missing', 'no issuer', unsigned({ ...goodClaims, iss: undefined })],
  ['aud_missing', 'no audience', unsigned({ ...goodClaims, aud: undefined })],
  ['aud_invalid', 'an audience that is a number', unsigned({ ...goodClaims, aud: 7 })],
  ['time_invalid', 'a time as text', unsigned({ ...goodClaims, exp: String(now + 60) })],
  ['time_in_milliseconds', 'a time in milliseconds', unsigned({ ...goodClaims, exp: (now + 60) * 1000 })],
  ['exp_missing', 'no expiry', unsigned({ ...goodClaims, exp: undefined })],
  ['expired', 'an expired token', unsigned({ ...goodClaims, exp: now - 1 })],
  ['not_yet_valid', 'a token for later', unsigned({ ...goodClaims, nbf: now + 60 })],
  ['issued_in_future', 'a token from the future', unsigned({ ...goodClaims, iat: now + 60 })],
  ['long_lived', 'a token for a week', unsigned({ ...goodClaims, exp: now + 7 * 86_400 })],
  [
    'looks_like_id_token',
    'an ID token',
    unsigned({ ...goodClaims, nonce: 'n', scope: undefined, client_id: undefined }),
  ],
  ['looks_like_event', 'a security event', unsigned({ ...goodClaims, events: {} })],
  ['bound_to_key', 'a token that is bound to a key', unsigned({ ...goodClaims, cnf: { jkt: 'x' } })],
])('reports %s for %s, and nothing else', async (expected, _, token) => {
  const { code, json } = await inspect(token)
  const codes = json.findings.map((finding) => finding.code)
  expect({ code, codes: codes.filter((one) => expected !== 'alg_none' || one !== 'no_signature') }).toEqual({
    code: 0,
    codes: [expected],
  })
})

test.each([
  ['an opaque token', 'opaque', 'b5e1f0c2d3', 1],
  ['a token of two parts', 'opaque', 'a.b', 1],
  ['a token whose header is no JSON', 'opaque', 'aaaa.bbbb.cccc', 1],
  ['a token whose claims are no JSON', 'opaque', good.replace(/\..*\./, '.bbbb.'), 1],
  ['an encrypted token', 'jwe', `${good}.AAAA.AAAA`, 0],
])('says what %s is', async (_, kind, token, expected) => {
  const { code, json } = await inspect(token)
  expect({ code, kind: json.kind, level: json.findings[0]?.level }).toEqual({ code: expected, kind, level: 'wrong' })
})

test('escapes what would control the terminal', async () => {
  const hostile = '\u001B]0;owned\u0007\r\n\u009B31m\u202Ereversed'
  const token = unsigned(
    { ...goodClaims, [hostile]: hostile, sub: hostile },
    { alg: hostile, typ: hostile, kid: hostile },
  )
  for (const args of [[], ['--json']]) {
    const { stdout, stderr } = await bearerkit(['inspect', token, ...args], { clock })
    expect(`${stdout}${stderr}`).not.toMatch(/[^\P{C}\n]/u)
    expect(stdout).toContain('owned')
  }
})

test('cuts long values, and long lists of claims', async () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`claim-${index}`, index]))
  const { stdout } = await bearerkit(['inspect', unsigned({ ...many, text: 'a'.repeat(10_000) })], { clock })
  expect(stdout.length).toBeLessThan(10_000)
  expect(stdout).toContain('… and 441 more')
})

test('shows claims that are nested without end up to a limit', async () => {
  const depth = 20_000
  const [header] = good.split('.')
  const claims = Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`).toString('base64url')
  for (const args of [[], ['--json']]) {
    const { code, stdout } = await bearerkit(['inspect', `${header}.${claims}.AAAA`, ...args], { clock })
    expect([code, stdout]).toEqual([0, expect.stringContaining('(nested too deeply)')])
  }
})

test('does not show tokens and secrets inside of a token', async () => {
  const inner = unsigned(goodClaims, {}, 'c2lnbmF0dXJl')
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x-part', d: 'secret-part' }
  const token = unsigned(
    {
      ...goodClaims,
      id_token: inner,
      note: `see ${inner}`,
      nested: [{ refresh_token: 'r3fresh' }],
      [inner]: { [inner]: 1 },
    },
    { jwk },
  )
  for (const args of [[], ['--json']]) {
    const { stdout } = await bearerkit(['inspect', token, ...args], { clock })
    for (const secret of [inner, 'c2lnbmF0dXJl', 'r3fresh', 'secret-part', token]) expect(stdout).not.toContain(secret)
  }
})

test.each([
  ['a space', '{ '],
  ['a line break', '{\n'],
])('does not show a token inside of a token whose header begins with %s', async (_, brace) => {
  const [, claims = ''] = good.split('.')
  const header = Buffer.from(`${brace}"alg":"ES256"}`).toString('base64url')
  const inner = `${header}.${claims}.c2lnbmF0dXJl`
  const { stdout } = await bearerkit(['inspect', unsigned({ ...goodClaims, note: `see ${inner}.` }), '--json'], {
    clock,
  })
  expect(JSON.parse(stdout)).toMatchObject({ claims: { note: `see (a token of ${inner.length} characters).` } })
})

test.each(['eyJ-', 'eyJaaaaaaaa-', 'eyJaaaaaaaa.', '.eyJaaaaaaaa', '-'])(
  'searches a claim of 180 KB, %j repeated, for tokens in linear time',
  async (part) => {
    const start = performance.now()
    await bearerkit(['inspect', unsigned({ ...goodClaims, note: part.repeat(180_000 / part.length) })], { clock })
    // A search that compares every beginning with the rest of the text takes half a minute.
    expect(performance.now() - start).toBeLessThan(5000)
  },
)
