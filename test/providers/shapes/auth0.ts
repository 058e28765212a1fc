import { jwks, x5c, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const tenant = 'https://acme.eu.auth0.com/'
const api = 'https://api.example.com'
const client = 'awZfdIir8YFdGZWkvCejDoUb7SjTDicx'
const kid = 'NzFCNTQ1RkVDOTA1Rjc2M0M5RTYx'

const header = { alg: 'RS256', typ: 'JWT', kid }

/** The profile of Auth0, for an API with RBAC and "Add Permissions in the Access Token". */
const ofUser: Token = {
  header,
  key: 'first',
  claims: {
    iss: tenant,
    sub: 'auth0|6553da60a54af58e29493993',
    aud: [api, `${tenant}userinfo`],
    scope: 'openid profile read:orders',
    azp: client,
    permissions: ['read:orders'],
  },
}

const ofMachine: Token = {
  ...ofUser,
  claims: {
    iss: tenant,
    sub: `${client}@clients`,
    aud: api,
    scope: 'read:orders',
    gty: 'client-credentials',
    azp: client,
    permissions: ['read:orders'],
  },
}

const { azp: _azp, ...withoutAzp } = ofUser.claims

const rfc9068: Token = {
  ...ofUser,
  header: { ...header, typ: 'at+jwt' },
  claims: { ...withoutAzp, client_id: client, jti: '73WakrfVbNJBaAmhQtEeDv' },
}

const idToken: Token = {
  ...ofUser,
  claims: {
    nickname: 'jane',
    name: 'jane@example.com',
    email: 'jane@example.com',
    email_verified: true,
    iss: tenant,
    aud: client,
    sub: 'auth0|6553da60a54af58e29493993',
    sid: 'yJqHwI4m1RkB0t9m7lLk2o1bq5Yx7Cw9',
    nonce: 'MTY5OTk3NzAwMA==',
  },
}

export const auth0: Provider = {
  documents: (key) => ({
    [`${tenant}.well-known/openid-configuration`]: {
      issuer: tenant,
      authorization_endpoint: `${tenant}authorize`,
      token_endpoint: `${tenant}oauth/token`,
      userinfo_endpoint: `${tenant}userinfo`,
      jwks_uri: `${tenant}.well-known/jwks.json`,
      id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
    },
    [`${tenant}.well-known/jwks.json`]: jwks(key, [
      ['first', { use: 'sig', kid, x5t: kid, x5c, alg: 'RS256' }],
      [
        'second',
        { use: 'sig', kid: 'Y3QyNjRFNzc0MkQ5MTU5QjI4RjA2', x5t: 'Y3QyNjRFNzc0MkQ5MTU5QjI4RjA2', x5c, alg: 'RS256' },
      ],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer: tenant, audience: api },
      rows: [
        ['a user with the permission, at `/orders`', ofUser, 200],
        ['a machine with the permission, at `/orders`', ofMachine, 200],
        ['an API with the RFC 9068 profile, at `/orders`', rfc9068, 200],
        [
          'a user who asked for the scope but lacks the permission, at `/orders`',
          { ...ofUser, claims: { ...ofUser.claims, permissions: [] } },
          403,
        ],
        ['an ID token', idToken, 401, 'audience_mismatch'],
        [
          'a token for the Management API',
          { ...ofMachine, claims: { ...ofMachine.claims, aud: `${tenant}api/v2/` } },
          401,
          'audience_mismatch',
        ],
        [
          'a token of another tenant',
          { ...ofUser, key: 'stranger', claims: { ...ofUser.claims, iss: 'https://evil.eu.auth0.com/' } },
          401,
          'issuer_mismatch',
        ],
      ],
    },
  },
}
