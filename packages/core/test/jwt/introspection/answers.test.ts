import { audience, issuer } from '../../support/foreign-issuer.ts'
import { meanwhile } from '../../support/meanwhile.ts'
import { IntrospectedIssuer } from './setting.ts'

const now = 1_800_000_000

/** Members of an answer, and the outcome for its token. */
const rows: readonly (readonly [title: string, change: object, outcome: string])[] = [
  ['is complete', { iss: issuer, nbf: now - 1, iat: now - 1, token_type: 'Bearer', scope: 'a b' }, 'passes'],
  ['has no exp', { exp: undefined }, 'passes'],
  ['has a token_type in another case', { token_type: 'bearer' }, 'passes'],
  ['has the token_type of RFC 8693', { token_type: 'urn:ietf:params:oauth:token-type:access_token' }, 'passes'],
  ['names the audience among others', { aud: ['https://other.example.com', audience] }, 'passes'],
  ['is not active', { active: false }, 'token_inactive'],
  ['is not active, and has nothing else', { active: false, aud: undefined, sub: undefined }, 'token_inactive'],
  ['names another issuer', { iss: `${issuer}/` }, 'issuer_mismatch'],
  ['has an iss that is not a string', { iss: [issuer] }, 'issuer_mismatch'],
  ['names another audience', { aud: 'https://other.example.com' }, 'audience_mismatch'],
  ['names no audience', { aud: undefined }, 'claim_invalid aud'],
  ['has an aud that is not a string', { aud: [{}] }, 'claim_invalid aud'],
  ['is for an expired token', { exp: now - 6 }, 'token_expired'],
  ['has an exp that is a string', { exp: `${now + 600}` }, 'claim_invalid exp'],
  ['is for a token that is not valid yet', { nbf: now + 60 }, 'token_not_yet_valid'],
  ['is for a token of the future', { iat: now + 60 }, 'token_issued_in_future'],
  ['has a sub that is not a string', { sub: 7 }, 'claim_invalid sub'],
  ['is about a refresh token', { token_type: 'refresh_token' }, 'claim_invalid token_type'],
  ['is about an ID token', { token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'claim_invalid token_type'],
  ['has a token_type that is not a string', { token_type: ['Bearer'] }, 'claim_invalid token_type'],
  ['has the token_type DPoP without a key', { token_type: 'DPoP' }, 'claim_missing cnf'],
  ['names a key that nothing confirms', { cnf: { jkt: 'thumbprint' } }, 'proof_required'],
  ['names a key of an unknown kind', { cnf: { other: 1 } }, 'proof_required'],
  ['says "true" in place of true', { active: 'true' }, 'introspection_unavailable'],
  ['says 1 in place of true', { active: 1 }, 'introspection_unavailable'],
  ['does not say whether the token is active', { active: undefined }, 'introspection_unavailable'],
]

test.each(rows)('an answer that %s', async (_, change, outcome) => {
  const one = new IntrospectedIssuer({})
  one.answer(one.active(change))
  expect(await one.outcome()).toBe(outcome)
})

test('an answer does not let a token pass that expires while its claims are validated', async () => {
  const claims = meanwhile(() => one.clock.advance(700_000))
  const one: IntrospectedIssuer = new IntrospectedIssuer({}, {}, { claims })
  one.answer(one.active())
  expect(await one.outcome()).toBe('token_expired')
})

/** Responses that are not an answer about a token: the token may be good, so it is not refused. */
const unusable: readonly (readonly [title: string, answer: () => Response | number])[] = [
  ['an array', () => Response.json([{ active: true }])],
  ['a string', () => Response.json('active')],
  ['null', () => Response.json(null)],
  ['HTML', () => new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })],
  ['nothing', () => new Response('')],
  ['deeply nested JSON', () => new Response(`{"active":true,"a":${'['.repeat(100)}${']'.repeat(100)}}`)],
  ['more than 256 KiB', () => Response.json({ active: true, padding: 'x'.repeat(300_000) })],
  ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://other.example.com' } })],
  ...[201, 204, 400, 401, 403, 404, 429, 500, 502, 503].map((status) => [`status ${status}`, () => status] as const),
]

test.each(unusable)('a response that is %s is not the fault of the token', async (_, answer) => {
  const response = answer()
  const one = new IntrospectedIssuer(typeof response === 'number' ? response : () => response)
  expect(await one.outcome()).toBe('introspection_unavailable')
})

test('members that the answer lacks are missing from the claims, except iss, which is that of the issuer', async () => {
  const one = new IntrospectedIssuer({})
  one.answer({ active: true, aud: audience, scope: 'a b', extra: { nested: true } })
  const { claims, scopes, header } = await one.verifier.verify('opaque-token')
  expect(claims).toEqual({ iss: issuer, aud: audience, scope: 'a b', extra: { nested: true } })
  expect([scopes, header, Object.isFrozen(claims)]).toEqual([['a', 'b'], {}, true])
})

test('requiredClaims and maxTokenAge apply to answers', async () => {
  const one = new IntrospectedIssuer({}, {}, { requiredClaims: ['exp', 'tenant'], maxTokenAge: '1h' })
  const outcomes: string[] = []
  for (const change of [
    { exp: undefined },
    {},
    { tenant: 'a' },
    { tenant: 'a', iat: now - 4000 },
    { tenant: 'a', iat: now },
  ]) {
    one.answer(one.active(change))
    one.clock.advance(60_000)
    outcomes.push(await one.outcome())
  }
  expect(outcomes).toEqual([
    'claim_missing exp',
    'claim_missing tenant',
    'claim_missing iat',
    'token_too_old',
    'passes',
  ])
})
