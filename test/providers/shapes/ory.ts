import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const issuer = 'https://acme-x1y2z3.projects.oryapis.com'
const api = 'https://api.example.com'
const client = 'd3adb33f-1234-4a5b-8c6d-7e8f90a1b2c3'
const kid = '4f5e6d7c-8b9a-4c0d-9e1f-2a3b4c5d6e7f'

const accessToken: Token = {
  header: { alg: 'RS256', kid, typ: 'JWT' },
  key: 'first',
  claims: {
    aud: [api],
    client_id: client,
    ext: { tenant: 'acme' },
    iss: issuer,
    jti: '0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9',
    nbf: aMinuteAgo,
    scp: ['openid', 'orders:read'],
    sub: '9f3d2c1b-0a9e-4d8c-b7f6-5e4d3c2b1a09',
  },
}

const idToken: Token = {
  header: { alg: 'RS256', kid: '7a8b9c0d-1e2f-4a3b-8c4d-5e6f7a8b9c0d', typ: 'JWT' },
  key: 'second',
  claims: {
    acr: '0',
    amr: ['password'],
    at_hash: 'fPlsvVszI29LU2UhDyJ9vg',
    aud: [client],
    auth_time: aMinuteAgo,
    iss: issuer,
    jti: '1b2c3d4e-5f60-4172-8394-a5b6c7d8e9f0',
    rat: aMinuteAgo,
    sid: '2c3d4e5f-6071-4283-94a5-b6c7d8e9f0a1',
    sub: '9f3d2c1b-0a9e-4d8c-b7f6-5e4d3c2b1a09',
  },
}

function withClaims(claims: object): Token {
  return { ...accessToken, claims: { ...accessToken.claims, ...claims } }
}

export const ory: Provider = {
  documents: (key) => ({
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      authorization_endpoint: `${issuer}/oauth2/auth`,
      token_endpoint: `${issuer}/oauth2/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [`${issuer}/.well-known/jwks.json`]: jwks(key, [
      ['first', { use: 'sig', kid, alg: 'RS256' }],
      ['second', { use: 'sig', kid: '7a8b9c0d-1e2f-4a3b-8c4d-5e6f7a8b9c0d', alg: 'RS256' }],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer, audience: api },
      rows: [
        ['a client with the scope, at `/orders`', accessToken, 200],
        ['a member of the tenant, at `/acme`', accessToken, 200],
        ['a client without the scope, at `/orders`', withClaims({ scp: ['openid'] }), 403],
        ['a member of another tenant, at `/acme`', withClaims({ ext: { tenant: 'evil' } }), 403],
        ['a token that was requested without an audience', withClaims({ aud: [] }), 401, 'audience_mismatch'],
        ['an ID token', idToken, 401, 'audience_mismatch'],
        [
          'an ID token of a client that is named like the API',
          { ...idToken, claims: { ...idToken.claims, aud: [api] } },
          401,
        ],
        ['an opaque token', 'ory_at_8pX3kQ1vZ7mN5bT2', 401, 'token_malformed'],
      ],
    },
  },
}
