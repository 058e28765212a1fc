import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const org = 'https://acme.okta.com'
const server = `${org}/oauth2/default`
const kid = 'ZkvelLN_seik7w4pc_prCcfUf-h2hFfiwkDeCrs0iUc'

const ofUser: Token = {
  header: { kid, alg: 'RS256' },
  key: 'first',
  claims: {
    ver: 1,
    jti: 'AT.MNAoEQ_jbKqoinrQo1D0XKjMX28U5d7ZszBceot7-Ts',
    iss: server,
    aud: 'api://default',
    cid: '0oa1b2c3d4e5f6g7h8i9',
    uid: '00u1b2c3d4e5f6g7h8i9',
    scp: ['openid', 'orders.read'],
    auth_time: aMinuteAgo,
    sub: 'jane@example.com',
    groups: ['Everyone', 'Managers'],
  },
}

const { uid: _uid, auth_time: _authTime, groups: _groups, ...ofAnyone } = ofUser.claims

const idToken: Token = {
  ...ofUser,
  claims: {
    sub: '00u1b2c3d4e5f6g7h8i9',
    name: 'Jane Doe',
    email: 'jane@example.com',
    ver: 1,
    iss: server,
    aud: '0oa1b2c3d4e5f6g7h8i9',
    jti: 'ID.radCQMOQUmyvcTBmmIL0J6BaS60apUEiC7-vI7pOmkw',
    amr: ['pwd'],
    idp: '00o1b2c3d4e5f6g7h8i9',
    preferred_username: 'jane@example.com',
    auth_time: aMinuteAgo,
    at_hash: 'fPlsvVszI29LU2UhDyJ9vg',
  },
}

export const okta: Provider = {
  documents: (key) => ({
    [`${server}/.well-known/openid-configuration`]: {
      issuer: server,
      authorization_endpoint: `${server}/v1/authorize`,
      token_endpoint: `${server}/v1/token`,
      jwks_uri: `${server}/v1/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [`${server}/v1/keys`]: jwks(key, [['first', { alg: 'RS256', kid, use: 'sig' }]]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer: server, audience: 'api://default' },
      rows: [
        ['a user with the scope, at `/orders`', ofUser, 200],
        [
          'a machine with the scope, at `/orders`',
          { ...ofUser, claims: { ...ofAnyone, scp: ['orders.read'], sub: '0oa1b2c3d4e5f6g7h8i9' } },
          200,
        ],
        ['a member of the group, at `/managers`', ofUser, 200],
        [
          'a token for another API of the same authorization server, at `/orders`',
          { ...ofUser, claims: { ...ofUser.claims, scp: ['openid', 'invoices.read'] } },
          403,
        ],
        [
          'somebody outside of the group, at `/managers`',
          { ...ofUser, claims: { ...ofUser.claims, groups: ['Everyone'] } },
          403,
        ],
        ['an ID token', idToken, 401, 'audience_mismatch'],
        [
          'a token of the org authorization server',
          { ...ofUser, claims: { ...ofUser.claims, iss: org, aud: org } },
          401,
          'issuer_mismatch',
        ],
      ],
    },
  },
}
