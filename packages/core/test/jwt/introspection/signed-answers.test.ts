import { audience, ForeignIssuer, issuer } from '../../support/foreign-issuer.ts'
import { IntrospectedIssuer } from './setting.ts'

type Change = { readonly claims?: object; readonly header?: object; readonly signer?: ForeignIssuer }

const now = 1_800_000_000
const answer = { active: true, aud: audience, sub: 'user-1' }

function issuerWith({ claims = {}, header = {}, signer }: Change): IntrospectedIssuer {
  const one: IntrospectedIssuer = new IntrospectedIssuer(
    ({ headers }) => {
      expect(new Headers(headers).get('accept')).toBe('application/token-introspection+jwt')
      const signed = (signer ?? one.keys).sign(
        { iss: issuer, aud: 'orders', iat: now, token_introspection: answer, ...claims },
        { alg: 'ES256', kid: one.keys.kid, typ: 'token-introspection+jwt', ...header },
      )
      return new Response(signed, { headers: { 'content-type': 'application/token-introspection+jwt' } })
    },
    { accept: 'jwt' },
  )
  return one
}

test.each<[string, Change, string]>([
  ['is good', {}, 'passes'],
  ['names this client among others', { claims: { aud: ['other', 'orders'] } }, 'passes'],
  ['has its type in full', { header: { typ: 'application/token-introspection+jwt' } }, 'passes'],
  ['says that the token is not active', { claims: { token_introspection: { active: false } } }, 'token_inactive'],
  [
    'is about a token for another audience',
    { claims: { token_introspection: { ...answer, aud: 'other' } } },
    'audience_mismatch',
  ],
  ['is of another issuer', { claims: { iss: 'https://other.example.com' } }, 'introspection_unavailable'],
  ['is for another client', { claims: { aud: 'other' } }, 'introspection_unavailable'],
  ['has no iat', { claims: { iat: undefined } }, 'introspection_unavailable'],
  ['is old', { claims: { iat: now - 61 } }, 'introspection_unavailable'],
  ['is of the future', { claims: { iat: now + 61 } }, 'introspection_unavailable'],
  ['has no answer in it', { claims: { token_introspection: undefined, active: true } }, 'introspection_unavailable'],
  ['has the type of an access token', { header: { typ: 'at+jwt' } }, 'introspection_unavailable'],
  ['has no type', { header: { typ: undefined } }, 'introspection_unavailable'],
  ['is not signed', { header: { alg: 'none' } }, 'introspection_unavailable'],
  ['is signed with another key', { signer: new ForeignIssuer() }, 'introspection_unavailable'],
  ['needs an extension', { header: { crit: ['x'], x: 1 } }, 'introspection_unavailable'],
])('a signed answer that %s', async (_, change, outcome) => {
  expect(await issuerWith(change).outcome()).toBe(outcome)
})

test('an answer that is not signed does not pass', async () => {
  const one = new IntrospectedIssuer(answer, { accept: 'jwt' })
  expect(await one.outcome()).toBe('introspection_unavailable')
})
