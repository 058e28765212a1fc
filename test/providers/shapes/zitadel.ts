import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const issuer = 'https://acme-x1y2z3.zitadel.cloud'
const project = '257713952794870157'
const client = '257714027772314751@shop'
const organization = '257712562366317695'
const roles = `urn:zitadel:iam:org:project:${project}:roles`
const kid = '257712562366383231'

const accessToken: Token = {
  header: { alg: 'RS256', kid, typ: 'JWT' },
  key: 'first',
  claims: {
    iss: issuer,
    sub: '257712562366383232',
    aud: [client, project],
    nbf: aMinuteAgo,
    client_id: client,
    jti: 'V2_257714027772314752-at_257714027772314753',
    [roles]: { 'orders-reader': { [organization]: 'acme.zitadel.cloud' } },
    'urn:zitadel:iam:org:project:roles': { 'orders-reader': { [organization]: 'acme.zitadel.cloud' } },
  },
}

/** It has the same audiences, and the same roles if "User roles inside ID Token" is on. */
const idToken: Token = {
  ...accessToken,
  claims: {
    amr: ['pwd', 'user'],
    at_hash: '5nUq6kXWT8GheCNvDNdyow',
    aud: [client, project],
    auth_time: aMinuteAgo,
    azp: client,
    client_id: client,
    email: 'jane@example.com',
    email_verified: true,
    iss: issuer,
    sub: '257712562366383232',
    [roles]: { 'orders-reader': { [organization]: 'acme.zitadel.cloud' } },
  },
}

function withClaims(claims: object): Token {
  return { ...accessToken, claims: { ...accessToken.claims, ...claims } }
}

export const zitadel: Provider = {
  documents: (key) => ({
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      authorization_endpoint: `${issuer}/oauth/v2/authorize`,
      token_endpoint: `${issuer}/oauth/v2/token`,
      introspection_endpoint: `${issuer}/oauth/v2/introspect`,
      jwks_uri: `${issuer}/oauth/v2/keys`,
    },
    [`${issuer}/oauth/v2/keys`]: jwks(key, [
      ['first', { use: 'sig', kid, alg: 'RS256' }],
      ['second', { use: 'sig', kid: '257798562366383299', alg: 'RS256' }],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer, audience: project },
      rows: [
        ['a user with the role, at `/orders`', accessToken, 200],
        ['an ID token, which has the same audience', idToken, 401],
        [
          'a user with the role in another organization, at `/orders`',
          withClaims({ [roles]: { 'orders-reader': { '300000000000000000': 'evil.zitadel.cloud' } } }),
          403,
        ],
        ['a user without the role, at `/orders`', withClaims({ [roles]: undefined }), 403],
        [
          'a token of another project',
          withClaims({ aud: ['257714027772399999@other', '257713952794899999'] }),
          401,
          'audience_mismatch',
        ],
        ['an opaque token', 'Yk9J5fVt0lTQxF3Z8m2cWq7uNvRb1sHd', 401, 'token_malformed'],
      ],
    },
  },
}
