import { aMinuteAgo, jwks, x5c, type Token } from '../../documented/keys.ts'
import type { Provider } from '../shape.ts'

const issuer = 'https://token.actions.githubusercontent.com'
const kid = 'cc413527-173f-5a05-976e-9c52b1d7b431'
const x5t = 'aB0cD1eF2gH3iJ4kL5mN6oP7qR8'

const onMain: Token = {
  header: { typ: 'JWT', alg: 'RS256', x5t, kid },
  key: 'first',
  claims: {
    jti: 'ca84ef7e-6b1e-4d0e-9c8f-1f5f9b2d3c4a',
    sub: 'repo:acme/shop:environment:production',
    aud: 'https://deploy.example.com',
    ref: 'refs/heads/main',
    sha: 'c040cae0f0dc81641728557b80f09cfa23b83fe5',
    repository: 'acme/shop',
    repository_owner: 'acme',
    repository_owner_id: '2020',
    run_id: '22259804324',
    run_number: '42',
    run_attempt: '1',
    repository_visibility: 'private',
    repository_id: '424242',
    actor_id: '1001',
    actor: 'jane',
    workflow: 'deploy',
    head_ref: '',
    base_ref: '',
    event_name: 'push',
    ref_protected: 'true',
    ref_type: 'branch',
    environment: 'production',
    workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    workflow_sha: 'c040cae0f0dc81641728557b80f09cfa23b83fe5',
    job_workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    job_workflow_sha: 'c040cae0f0dc81641728557b80f09cfa23b83fe5',
    runner_environment: 'github-hosted',
    iss: issuer,
    nbf: aMinuteAgo,
  },
}

function withClaims(claims: object): Token {
  return { ...onMain, claims: { ...onMain.claims, ...claims } }
}

export const githubActions: Provider = {
  documents: (key) => ({
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    },
    [`${issuer}/.well-known/jwks`]: jwks(key, [
      ['first', { alg: 'RS256', use: 'sig', kid, x5c, x5t }],
      ['second', { alg: 'RS256', use: 'sig', kid: '38826b17-6a30-5f9b-b169-8beb8202f723', x5c, x5t: 'Zz9y' }],
    ]),
  }),
  recipes: {
    'Protect an API': {
      plain: { issuer, audience: 'https://deploy.example.com' },
      rows: [
        ['a workflow on the main branch', onMain, 200],
        ['a job in the environment, at `/deploy`', onMain, 200],
        [
          'a job outside of the environment, at `/deploy`',
          withClaims({ environment: undefined, sub: 'repo:acme/shop:ref:refs/heads/main' }),
          403,
        ],
        [
          'a workflow of a stranger, with your audience',
          withClaims({
            repository: 'evil/shop',
            repository_id: '666',
            repository_owner: 'evil',
            repository_owner_id: '667',
            sub: 'repo:evil/shop:ref:refs/heads/main',
          }),
          403,
        ],
        [
          'a pull request in your repository',
          withClaims({
            ref: 'refs/pull/7/merge',
            event_name: 'pull_request',
            head_ref: 'patch-1',
            base_ref: 'main',
            environment: undefined,
            sub: 'repo:acme/shop:pull_request',
          }),
          403,
        ],
        [
          'a repository that took over the name of a deleted one',
          withClaims({ repository_id: '999999', repository_owner_id: '888' }),
          403,
        ],
        ['a token with the default audience', withClaims({ aud: 'https://github.com/acme' }), 401, 'audience_mismatch'],
      ],
    },
  },
}
