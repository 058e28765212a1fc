import { jwks, x5c, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const realm = 'https://keycloak.example.com/realms/acme'
const localRealm = 'http://localhost:8080/realms/acme'
const kid = 'nnniBrxL0qhG79pkF3ccQj_l0jDmxKrYYy2YLlEe1sU'
const session = '2a88c258-f73a-4103-b862-e1fbd8f4e04e'
const user = '36fa0f91-f94d-4a0c-afed-6b7d952e47da'

const header = { alg: 'RS256', typ: 'JWT', kid }

const accessToken: Token = {
  header,
  key: 'first',
  claims: {
    jti: 'onrtac:312ee6b0-5b4e-4f0e-9a3e-0d7f2f6f3a11',
    iss: realm,
    aud: ['orders-api', 'account'],
    sub: user,
    typ: 'Bearer',
    azp: 'portal',
    sid: session,
    acr: '1',
    'allowed-origins': ['https://portal.example.com'],
    realm_access: { roles: ['default-roles-acme', 'offline_access', 'uma_authorization'] },
    resource_access: {
      'orders-api': { roles: ['orders-reader'] },
      account: { roles: ['manage-account', 'manage-account-links', 'view-profile'] },
    },
    scope: 'openid email profile',
    email_verified: true,
    name: 'Jane Doe',
    preferred_username: 'jane',
    email: 'jane@example.com',
  },
}

/** An audience mapper with "Add to ID token" puts the API into it. */
const idToken: Token = {
  ...accessToken,
  claims: {
    jti: 'bd4c6a5d-6f5a-4b6b-8f0f-8f9b5a3b8a34',
    iss: realm,
    aud: ['portal', 'orders-api'],
    sub: user,
    typ: 'ID',
    azp: 'portal',
    sid: session,
    at_hash: 'lq1rZ1VsmGz8oW0V7Ynr4A',
    acr: '1',
    email_verified: true,
    preferred_username: 'jane',
  },
}

const refreshToken: Token = {
  header: { alg: 'HS512', typ: 'JWT', kid: '5a8c8b1e-3f0b-4b1e-8a5e-1f5d3c0a9b7e' },
  key: 'secret',
  claims: {
    jti: session,
    iss: realm,
    aud: realm,
    sub: user,
    typ: 'Refresh',
    azp: 'portal',
    sid: session,
    scope: 'openid',
  },
}

function of(token: Token, iss: string): Token {
  return { ...token, claims: { ...token.claims, iss } }
}

function withRoles(resource_access: object): Token {
  return { ...accessToken, claims: { ...accessToken.claims, resource_access } }
}

export const keycloak: Provider = {
  documents: (key) => {
    const keys = jwks(key, [
      [
        'second',
        {
          kid: '8yqmR2c3S0l5pVwV0Jt5Jx1o3cXy7mS1kQ3c9Qn4b2E',
          alg: 'RSA-OAEP',
          use: 'enc',
          x5c,
          x5t: 'FzX1',
          'x5t#S256': 'nX0f',
        },
      ],
      ['first', { kid, alg: 'RS256', use: 'sig', x5c, x5t: 'q1Hc', 'x5t#S256': 'pY7d' }],
    ])
    return {
      [`${realm}/.well-known/openid-configuration`]: {
        issuer: realm,
        authorization_endpoint: `${realm}/protocol/openid-connect/auth`,
        token_endpoint: `${realm}/protocol/openid-connect/token`,
        introspection_endpoint: `${realm}/protocol/openid-connect/token/introspect`,
        jwks_uri: `${realm}/protocol/openid-connect/certs`,
        tls_client_certificate_bound_access_tokens: true,
      },
      [`${realm}/protocol/openid-connect/certs`]: keys,
      'http://keycloak:8080/realms/acme/protocol/openid-connect/certs': keys,
    }
  },
  recipes: {
    'Protect an API': {
      plain: { issuer: realm, audience: 'orders-api' },
      rows: [
        ['a user with the role, at `/orders`', accessToken, 200],
        [
          'a user with the same role of another client, at `/orders`',
          withRoles({ portal: { roles: ['orders-reader'] }, account: { roles: ['view-profile'] } }),
          403,
        ],
        ['an ID token that names the API', idToken, 403],
        [
          'a token of a client without the audience mapper',
          { ...accessToken, claims: { ...accessToken.claims, aud: 'account' } },
          401,
          'audience_mismatch',
        ],
        ['a refresh token', refreshToken, 401, 'algorithm_not_accepted'],
        [
          'a token of another realm of the same server',
          { ...of(accessToken, 'https://keycloak.example.com/realms/playground'), key: 'stranger' },
          401,
          'issuer_mismatch',
        ],
      ],
    },
    'In Docker Compose': {
      plain: {
        issuer: localRealm,
        audience: 'orders-api',
        jwksUrl: 'http://keycloak:8080/realms/acme/protocol/openid-connect/certs',
        insecureHosts: ['keycloak:8080'],
      },
      rows: [
        ['a token that a browser got at `localhost:8080`', of(accessToken, localRealm), 200],
        ['an ID token of that browser', of(idToken, localRealm), 403],
        [
          'a token that a container got at `keycloak:8080`',
          of(accessToken, 'http://keycloak:8080/realms/acme'),
          401,
          'issuer_mismatch',
        ],
      ],
    },
  },
}
