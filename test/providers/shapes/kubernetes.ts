import { aMinuteAgo, jwks, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const cluster = 'https://kubernetes.default.svc.cluster.local'
export const clusterKeys = 'https://kubernetes.default.svc/openid/v1/jwks'
const kid = 'S8rUZBWi0xXkT1wCkQ4Jc3rkXh3c1xg6zL4r0oM2y1E'

const projected: Token = {
  header: { alg: 'RS256', kid },
  key: 'first',
  claims: {
    aud: ['orders-api'],
    iss: cluster,
    jti: 'aed34954-b33a-4142-b1ec-389d6bbb4936',
    'kubernetes.io': {
      namespace: 'billing',
      node: { name: 'node-1', uid: '646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1' },
      pod: { name: 'invoicer-6d4b75cb6d-hgpj7', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
      serviceaccount: { name: 'invoicer', uid: '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798' },
    },
    nbf: aMinuteAgo,
    sub: 'system:serviceaccount:billing:invoicer',
  },
}

function withClaims(claims: object): Token {
  return { ...projected, claims: { ...projected.claims, ...claims } }
}

export const kubernetes: Provider = {
  documents: (key) => ({
    [clusterKeys]: jwks(key, [['first', { use: 'sig', kid, alg: 'RS256' }]]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer: cluster, audience: 'orders-api', jwksUrl: clusterKeys },
      rows: [
        ['a pod of the service account', projected, 200],
        [
          'a pod of another namespace that asked for the same audience',
          withClaims({
            'kubernetes.io': { namespace: 'playground', serviceaccount: { name: 'invoicer', uid: '1' } },
            sub: 'system:serviceaccount:playground:invoicer',
          }),
          403,
        ],
        [
          'the default token of the same pod, for the API server',
          withClaims({
            aud: [cluster],
            'kubernetes.io': { ...(projected.claims['kubernetes.io'] as object), warnafter: aMinuteAgo + 3600 },
          }),
          401,
          'audience_mismatch',
        ],
        [
          'a token from a Secret, which never expires',
          {
            ...projected,
            claims: {
              iat: undefined,
              exp: undefined,
              iss: 'kubernetes/serviceaccount',
              'kubernetes.io/serviceaccount/namespace': 'billing',
              'kubernetes.io/serviceaccount/secret.name': 'invoicer-token-dv78w',
              'kubernetes.io/serviceaccount/service-account.name': 'invoicer',
              'kubernetes.io/serviceaccount/service-account.uid': '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798',
              sub: 'system:serviceaccount:billing:invoicer',
            },
          },
          401,
          'issuer_mismatch',
        ],
      ],
    },
  },
}
