import { type Duration, type IssueClaims, type SigningKeys, TokenIssuer } from '@bearerkit/core'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { UsageError } from '../frame/failure.ts'
import { list } from '../frame/list.ts'
import type { Runtime } from '../frame/runtime.ts'
import { prefixOption, storeDescription, storeFlag } from '../keys/store/store-options.ts'
import { withStoredKeys } from '../keys/store/stored-keys.ts'
import { signingKeyIn } from './signing-key.ts'

export const mint: CliCommand = defineCommand(
  {
    name: 'mint',
    summary: 'Issue a token with your own key, to try an API.',
    details:
      'The token is an access token of RFC 9068. The API must trust the key: it is in a store of the service, or in its JWKS.',
    examples: [
      [
        `bearerkit mint --key key.json --issuer https://issuer.example.com --audience https://api.example.com --claims '{"sub":"user-1"}'`,
        'with a key in a file, as keygen writes it',
      ],
      [
        'bearerkit mint --store ./keys --kid orders --issuer https://issuer.example.com --audience https://api.example.com',
        'with the key of a service',
      ],
    ],
    syntax: (command) =>
      command
        .option('--key <file>', 'A private key as JWK or PEM. `-` reads it from standard input.')
        .option(storeFlag, storeDescription)
        .addOption(prefixOption())
        .option('--kid <kid>', 'The kid of the key in the store, or the kid that the token names.')
        .option('--alg <algorithm>', 'The algorithm, if the key does not say it.')
        .requiredOption('--issuer <issuer>', 'The `iss` of the token.')
        .option('--audience <audience>', 'The `aud` of the token, unless the claims have it.', list)
        .option('--claims <json>', 'More claims, as a JSON object. Default: `sub` is "user-1".', claimsIn)
        .option('--expires-in <duration>', 'How long the token is valid: 5m. Default: 10m.')
        .option('--typ <type>', 'The `typ` of the header. Default: at+jwt.'),
  },
  async ({ options, runtime }) => {
    const token = await withSigningKeys(options, runtime, (keys) => issued(keys, options, runtime))
    return { exitCode: 0, json: { token }, text: () => token }
  },
)

interface Given {
  readonly key?: string | undefined
  readonly store?: string | undefined
  readonly prefix?: string | undefined
  readonly kid?: string | undefined
  readonly alg?: string | undefined
  readonly issuer: string
  readonly audience?: string[] | undefined
  readonly claims?: IssueClaims | undefined
  readonly expiresIn?: string | undefined
  readonly typ?: string | undefined
}

async function withSigningKeys(
  { key: path, store, prefix, kid, alg }: Given,
  runtime: Runtime,
  issue: (keys: SigningKeys) => Promise<string>,
): Promise<string> {
  if ((path === undefined) === (store === undefined)) throw new UsageError('name the key with either --key or --store')
  if (store !== undefined) return withStoredKeys({ store, prefix }, runtime, issue)
  return issue(await signingKeyIn({ path: path ?? '-', alg, kid }, runtime))
}

function issued(
  keys: SigningKeys,
  { issuer, audience, claims, expiresIn = '10m', typ, kid, store }: Given,
  runtime: Runtime,
): Promise<string> {
  const tokens = new TokenIssuer({
    keys,
    issuer,
    audience: audience ?? audienceIn(claims),
    expiresIn: expiresIn as Duration,
    ...(store !== undefined && kid !== undefined && { kid }),
    ...(runtime.clock !== undefined && { clock: runtime.clock }),
  })
  return tokens.issue({ sub: 'user-1', ...claims }, typ === undefined ? {} : { header: { typ } })
}

/** @throws UsageError if there is no audience: an access token names its API (RFC 9068 §2.2) */
function audienceIn(claims: IssueClaims = {}): string | string[] {
  const aud = claims['aud']
  if (typeof aud === 'string' || Array.isArray(aud)) return aud as string | string[]
  throw new UsageError('name the audience of the token with --audience')
}

function claimsIn(json: string): IssueClaims {
  try {
    const claims: unknown = JSON.parse(json)
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as IssueClaims
  } catch {
    // The message below says what is expected.
  }
  throw new UsageError('--claims must be a JSON object')
}
