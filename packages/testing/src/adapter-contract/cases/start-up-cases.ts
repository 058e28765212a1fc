import assert from 'node:assert/strict'
import { resourceMetadataUrl } from '@bearerkit/core'
import type { AppOptions, Stage } from '../stage.ts'
import type { Cases } from './case.ts'

type Mistake = readonly [title: string, options: object, sentence: RegExp]

const mistakes: readonly Mistake[] = [
  ['no issuer', { issuer: undefined }, /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is missing$/],
  ['no audience', { audience: undefined }, /^verifyJwt: option `audience` \(or BEARERKIT_AUDIENCE\) is missing$/],
  [
    'an issuer that is no URL',
    { issuer: 'issuer' },
    /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is not an absolute URL$/,
  ],
  [
    'plain http',
    { jwksUrl: 'http://issuer.example/jwks' },
    /^verifyJwt: option `jwksUrl` \(or BEARERKIT_JWKS_URL\) must be an https URL/,
  ],
  ['an unknown option', { audiance: 'x' }, /^verifyJwt: option `audiance` is unknown: /],
  ['an unknown mode', { mode: 'lax' }, /^verifyJwt: option `mode` must be one of required, optional$/],
  ['a `respond` that is no boolean', { respond: 'json' }, /^verifyJwt: option `respond` must be true or false$/],
  ['HMAC and no local keys', { algorithms: ['HS256'] }, /^verifyJwt: option `algorithms`: HS256 needs local `keys`$/],
  ['a token source that is a name', { tokenSource: 'cookie' }, /^verifyJwt: option `tokenSource` must be a function$/],
  ['no token source at all', { tokenSource: [] }, /^verifyJwt: option `tokenSource` must name at least one\b/],
  ['an empty path to the scopes', { scopeClaim: [] }, /^verifyJwt: option `scopeClaim` must name at least one\b/],
  ['a schema that is none', { claims: {} }, /^verifyJwt: option `claims` must be a Standard Schema, version 1$/],
  [
    'an issuer beside several',
    { issuers: [{ issuer: 'https://a.example' }], issuer: 'https://b.example' },
    /^verifyJwt: option `issuer` belongs to one issuer: put it into `issuers`$/,
  ],
]

/** What is misconfigured fails at start-up, and says why. */
export const startUpCases: Cases = {
  ...Object.fromEntries(
    mistakes.map(([title, verify, sentence]) => [title, (stage: Stage) => failsToStart(stage, { verify }, sentence)]),
  ),

  'metadata of a resource that is no URL': (stage) =>
    failsToStart(stage, { verify: { audience: 'api' }, metadata: {} }, /^resourceMetadataHandler: option `resource`/),

  'metadata of another resource than is checked': (stage) =>
    failsToStart(stage, { metadata: { resource: 'https://x.example' } }, /^resourceMetadataHandler: option `resource`/),

  async 'the URL of metadata for what is no URL'() {
    assert.throws(() => resourceMetadataUrl('api'), { name: 'ConfigurationError' })
  },
}

async function failsToStart(stage: Stage, options: AppOptions, sentence: RegExp): Promise<void> {
  await assert.rejects(stage.own(options), { name: 'ConfigurationError', message: sentence })
}
