import { jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const google = 'https://accounts.google.com'
const service = 'https://orders.example.com'
const client = '622215261071-1a2b3c4d5e6f.apps.googleusercontent.com'
const kid = 'b2620d5e7f132b52afe8875cdf3776c064249d04'
const header = { alg: 'RS256', kid, typ: 'JWT' }

/** From the metadata server, or from `gcloud auth print-identity-token`: format `full` adds the claims of the machine. */
const ofService: Token = {
  header,
  key: 'first',
  claims: {
    aud: service,
    azp: '112233445566778899001',
    email: 'billing@acme-prod.iam.gserviceaccount.com',
    email_verified: true,
    iss: google,
    sub: '112233445566778899001',
  },
}

const ofUser: Token = {
  header,
  key: 'first',
  claims: {
    iss: google,
    azp: client,
    aud: client,
    sub: '110169484474386276334',
    hd: 'example.com',
    email: 'jane@example.com',
    email_verified: true,
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
    name: 'Jane Doe',
    picture: 'https://lh3.googleusercontent.com/a/photo',
    given_name: 'Jane',
    family_name: 'Doe',
  },
}

function withClaims(token: Token, claims: object): Token {
  return { ...token, claims: { ...token.claims, ...claims } }
}

export const googleId: Provider = {
  documents: (key) => ({
    [`${google}/.well-known/openid-configuration`]: {
      issuer: google,
      authorization_endpoint: `${google}/o/oauth2/v2/auth`,
      token_endpoint: 'https://oauth2.googleapis.com/token',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
      id_token_signing_alg_values_supported: ['RS256'],
    },
    'https://www.googleapis.com/oauth2/v3/certs': jwks(key, [
      ['first', { use: 'sig', alg: 'RS256', kid }],
      ['second', { use: 'sig', alg: 'RS256', kid: '69f7f7a4c8bdb86e1f4c1f9d0b3a2e5c7d8f9012' }],
    ]),
  }),
  recipes: {
    'Calls from your services': {
      plain: { issuer: google, audience: service },
      rows: [
        ['your service account', ofService, 200],
        [
          "somebody else's service account, with your URL as audience",
          withClaims(ofService, { email: 'attacker@evil-project.iam.gserviceaccount.com', sub: '999' }),
          403,
        ],
        [
          'your service account, with a token for another service',
          withClaims(ofService, { aud: 'https://invoices.example.com' }),
          401,
          'audience_mismatch',
        ],
        ['a user who is signed in to your web app', ofUser, 401, 'audience_mismatch'],
        ['an access token', 'ya29.a0AfB_byC1d2E3f4G5h6', 401, 'token_malformed'],
      ],
    },
    'Users of your Workspace domain': {
      plain: { issuer: google, audience: client },
      rows: [
        ['a user of the domain', ofUser, 200],
        ['any other Google account', withClaims(ofUser, { hd: undefined, email: 'jane@gmail.com' }), 403],
        [
          'a Google account with an address of the domain that is not managed by it',
          withClaims(ofUser, { hd: undefined }),
          403,
        ],
        [
          'a user of the domain who is signed in to another app',
          withClaims(ofUser, { aud: '999-other.apps.googleusercontent.com' }),
          401,
          'audience_mismatch',
        ],
        ['an access token', 'ya29.a0AfB_byC1d2E3f4G5h6', 401, 'token_malformed'],
      ],
    },
  },
}
