import assert from 'node:assert/strict'
import { resourceMetadataUrl } from '@bearerkit/core'
import type { AppOptions, Stage } from '../stage.ts'
import type { Cases } from './case.ts'

type Mistake = readonly [title: string, options: object, sentence: RegExp]

const mistakes: readonly Mistake[] = [
  ['no issuer', { issuer: undefined }, /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is missing$/],
  ['no audience', { audience: undefined }, /^verifyJwt: option `audience` \(or BEARERKIT_AUDIENCE\) is missing$/],
  [
    'an issuer that is not a URL',
    { issuer: 'issuer' },
    /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is not an absolute URL$/,
  ],
  [
    'a JWKS URL without TLS',
    { jwksUrl: 'http://issuer.example/jwks' },
    /^verifyJwt: option `jwksUrl` \(or BEARERKIT_JWKS_URL\) must be an https URL/,
  ],
  ['an unknown option', { audiance: 'x' }, /^verifyJwt: option `audiance` is unknown: /],
  ['an unknown mode', { mode: 'lax' }, /^verifyJwt: option `mode` must be one of required, optional$/],
  ['a `respond` that is not a boolean', { respond: 'json' }, /^verifyJwt: option `respond` must be true or false$/],
  ['HMAC without local keys', { algorithms: ['HS256'] }, /^verifyJwt: option `algorithms`: HS256 needs local `keys`$/],
  [
    'a token source that is a string',
    { tokenSource: 'cookie' },
    /^verifyJwt: option `tokenSource` must be a function$/,
  ],
  ['an empty list of token sources', { tokenSource: [] }, /^verifyJwt: option `tokenSource` must name at least one\b/],
  ['an empty path of the scope claim', { scopeClaim: [] }, /^verifyJwt: option `scopeClaim` must name at least one\b/],
  [
    'a claims schema that is not a Standard Schema',
    { claims: {} },
    /^verifyJwt: option `claims` must be a Standard Schema, version 1$/,
  ],
  [
    'both `issuer` and `issuers`',
    { issuers: [{ issuer: 'https://a.example' }], issuer: 'https://b.example' },
    /^verifyJwt: option `issuer` belongs to one issuer: put it into `issuers`$/,
  ],
]

/** Misconfiguration fails at start-up with a message that says why. */
export const startUpCases: Cases = {
  ...Object.fromEntries(
    mistakes.map(([title, verify, sentence]) => [
      `fails with ${title}`,
      (stage: Stage) => failsToStart(stage, { verify }, sentence),
    ]),
  ),

  'fails with metadata for a resource that is not a URL': (stage) =>
    failsToStart(stage, { verify: { audience: 'api' }, metadata: {} }, /^resourceMetadataHandler: option `resource`/),

  'fails with metadata for a resource that is not an accepted audience': (stage) =>
    failsToStart(stage, { metadata: { resource: 'https://x.example' } }, /^resourceMetadataHandler: option `resource`/),

  async 'fails if resourceMetadataUrl() gets a resource that is not a URL'() {
    assert.throws(() => resourceMetadataUrl('api'), { name: 'ConfigurationError' })
  },
}

async function failsToStart(stage: Stage, options: AppOptions, sentence: RegExp): Promise<void> {
  await assert.rejects(stage.own(options), { name: 'ConfigurationError', message: sentence })
}
