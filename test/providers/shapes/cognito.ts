import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const pool = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example01'
const client = '1example23456789'
/** Access tokens and ID tokens are signed with different keys. */
const accessKid = 'abcdefghijklmnopqrsexample='
const idKid = '1234example+/='

const accessToken: Token = {
  header: { kid: accessKid, alg: 'RS256' },
  key: 'first',
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['admins', 'eu-west-1_Example01_Google'],
    iss: pool,
    version: 2,
    client_id: client,
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    event_id: 'bbbbbbbb-cccc-dddd-eeee-ffffffffffff',
    token_use: 'access',
    scope: 'openid orders/read',
    auth_time: aMinuteAgo,
    jti: 'cccccccc-dddd-eeee-ffff-aaaaaaaaaaaa',
    username: 'jane',
  },
}

const ofMachine: Token = {
  ...accessToken,
  claims: {
    sub: client,
    token_use: 'access',
    scope: 'orders/read',
    auth_time: aMinuteAgo,
    iss: pool,
    version: 2,
    jti: 'cccccccc-dddd-eeee-ffff-aaaaaaaaaaaa',
    client_id: client,
  },
}

const idToken: Token = {
  header: { kid: idKid, alg: 'RS256' },
  key: 'second',
  claims: {
    sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    'cognito:groups': ['admins', 'eu-west-1_Example01_Google'],
    email_verified: true,
    iss: pool,
    'cognito:username': 'jane',
    origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    aud: client,
    event_id: 'bbbbbbbb-cccc-dddd-eeee-ffffffffffff',
    token_use: 'id',
    auth_time: aMinuteAgo,
    jti: 'dddddddd-eeee-ffff-aaaa-bbbbbbbbbbbb',
    email: 'jane@example.com',
  },
}

function withClaims(token: Token, claims: object): Token {
  return { ...token, claims: { ...token.claims, ...claims } }
}

export const cognito: Provider = {
  documents: (key) => ({
    [`${pool}/.well-known/openid-configuration`]: {
      authorization_endpoint: 'https://acme.auth.eu-west-1.amazoncognito.com/oauth2/authorize',
      id_token_signing_alg_values_supported: ['RS256'],
      issuer: pool,
      jwks_uri: `${pool}/.well-known/jwks.json`,
      token_endpoint: 'https://acme.auth.eu-west-1.amazoncognito.com/oauth2/token',
    },
    [`${pool}/.well-known/jwks.json`]: jwks(key, [
      ['second', { alg: 'RS256', kid: idKid, use: 'sig' }],
      ['first', { alg: 'RS256', kid: accessKid, use: 'sig' }],
    ]),
  }),
  recipes: {
    'Access tokens': {
      plain: { issuer: pool, audience: null },
      rows: [
        ['a user with the scope, at `/orders`', accessToken, 200],
        ['a machine with the scope, at `/orders`', ofMachine, 200],
        ['a member of the group, at `/admin`', accessToken, 200],
        ['an ID token', idToken, 403],
        ['an access token of another app client', withClaims(accessToken, { client_id: '9other8765432' }), 403],
        ['a user without the scope, at `/orders`', withClaims(accessToken, { scope: 'openid' }), 403],
        ['a user outside of the group, at `/admin`', withClaims(accessToken, { 'cognito:groups': ['staff'] }), 403],
        [
          'a token of another user pool',
          { ...withClaims(accessToken, { iss: `${pool.slice(0, -2)}02` }), key: 'stranger' },
          401,
          'issuer_mismatch',
        ],
      ],
    },
    'ID tokens': {
      plain: { issuer: pool, audience: client },
      rows: [
        ['a user of the app client', idToken, 200],
        ['an access token', accessToken, 401, 'claim_invalid'],
        ['an ID token of another app client', withClaims(idToken, { aud: '9other8765432' }), 401, 'audience_mismatch'],
        [
          'an access token that is bound to a resource with the name of the app client',
          withClaims(accessToken, { aud: client }),
          403,
        ],
      ],
    },
  },
}
