import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const issuer = 'https://securetoken.google.com/acme-prod'
const keys = 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com'
const kid = '8e8fc8e556f7a76d08d35829d6f90ae2e12cfd0d'
const uid = 'Zk7oWfbLhXgDJ3Qvq6s1Nn2Ct5x1'

const ofUser: Token = {
  header: { alg: 'RS256', kid, typ: 'JWT' },
  key: 'first',
  claims: {
    name: 'Jane Doe',
    admin: true,
    iss: issuer,
    aud: 'acme-prod',
    auth_time: aMinuteAgo,
    user_id: uid,
    sub: uid,
    email: 'jane@example.com',
    email_verified: true,
    firebase: { identities: { email: ['jane@example.com'] }, sign_in_provider: 'password' },
  },
}

function withClaims(claims: object): Token {
  return { ...ofUser, claims: { ...ofUser.claims, ...claims } }
}

export const firebase: Provider = {
  documents: (key) => ({
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: keys,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [keys]: jwks(key, [
      ['first', { use: 'sig', alg: 'RS256', kid }],
      ['second', { use: 'sig', alg: 'RS256', kid: '1c0dc5f5b1e9a2f3d4c5b6a79880716253443526' }],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer, audience: 'acme-prod' },
      rows: [
        ['a user with a verified address', ofUser, 200],
        ['a user with the custom claim, at `/admin`', ofUser, 200],
        ['a user without the custom claim, at `/admin`', withClaims({ admin: undefined }), 403],
        [
          'an anonymous user',
          withClaims({
            name: undefined,
            admin: undefined,
            email: undefined,
            email_verified: undefined,
            provider_id: 'anonymous',
            firebase: { identities: {}, sign_in_provider: 'anonymous' },
          }),
          403,
        ],
        ["somebody who signed up with another person's address", withClaims({ email_verified: false }), 403],
        [
          'a user of another project, signed with the same key',
          withClaims({ iss: 'https://securetoken.google.com/evil-project', aud: 'evil-project' }),
          401,
          'issuer_mismatch',
        ],
        [
          'a session cookie',
          withClaims({ iss: 'https://session.firebase.google.com/acme-prod' }),
          401,
          'issuer_mismatch',
        ],
        [
          'a custom token',
          {
            ...ofUser,
            key: 'second',
            claims: {
              iss: 'sdk@acme-prod.iam.gserviceaccount.com',
              sub: 'sdk@acme-prod.iam.gserviceaccount.com',
              aud: 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit',
              uid,
            },
          },
          401,
          'issuer_mismatch',
        ],
      ],
    },
  },
}
