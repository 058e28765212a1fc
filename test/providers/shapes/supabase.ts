import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const issuer = 'https://abcdefghijklmnopqrst.supabase.co/auth/v1'
const kid = 'b1c2d3e4-5f60-4718-9a2b-3c4d5e6f7081'

const ofUser: Token = {
  header: { alg: 'ES256', kid, typ: 'JWT' },
  key: 'ec',
  claims: {
    iss: issuer,
    sub: '123e4567-e89b-12d3-a456-426614174000',
    aud: 'authenticated',
    email: 'jane@example.com',
    phone: '',
    app_metadata: { provider: 'email', providers: ['email'], role: 'admin' },
    user_metadata: { email: 'jane@example.com', email_verified: true },
    role: 'authenticated',
    aal: 'aal2',
    amr: [{ method: 'totp', timestamp: aMinuteAgo }],
    session_id: '5e7f1f0d-0f0f-4a7a-b9a6-3b6d1c2e4f50',
    is_anonymous: false,
  },
}

function withClaims(claims: object): Token {
  return { ...ofUser, claims: { ...ofUser.claims, ...claims } }
}

/** The API keys of a project are tokens as well. The first one is in every page of the app. */
function apiKey(role: string): Token {
  return {
    header: { alg: 'HS256', typ: 'JWT' },
    key: 'secret',
    claims: { iss: 'supabase', ref: 'abcdefghijklmnopqrst', role },
  }
}

export const supabase: Provider = {
  documents: (key) => ({
    [`${issuer}/.well-known/jwks.json`]: jwks(key, [
      ['ec', { alg: 'ES256', ext: true, key_ops: ['verify'], kid, use: 'sig' }],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer, audience: 'authenticated', jwksUrl: `${issuer}/.well-known/jwks.json` },
      rows: [
        ['a user', ofUser, 200],
        ['an admin with a second factor, at `/admin`', ofUser, 200],
        ['an admin without a second factor, at `/admin`', withClaims({ aal: 'aal1' }), 403],
        [
          'a user who made themselves an admin in `user_metadata`, at `/admin`',
          withClaims({ app_metadata: { provider: 'email', providers: ['email'] }, user_metadata: { role: 'admin' } }),
          403,
        ],
        [
          'an anonymous user',
          withClaims({ email: '', app_metadata: {}, user_metadata: {}, aal: 'aal1', is_anonymous: true }),
          403,
        ],
        ['the public API key of the project', apiKey('anon'), 401, 'algorithm_not_accepted'],
        ['the secret API key of the project', apiKey('service_role'), 401, 'algorithm_not_accepted'],
      ],
    },
  },
}
