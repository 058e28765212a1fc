import { type ExplainOptions, type Explanation, TokenVerifier, type VerifierOptions } from '@bearerkit/core'
import { UsageError } from '../frame/failure.ts'
import type { Runtime } from '../frame/runtime.ts'
import { withoutTokens } from '../frame/without-tokens.ts'

/** The options of the command. Those of `verifyJwt` have its names, and it checks them. */
export interface Given {
  readonly issuer?: string | undefined
  readonly audience?: string[] | undefined
  readonly anyAudience?: true | undefined
  readonly jwksUrl?: string | undefined
  readonly jwksHosts?: string[] | undefined
  readonly insecureHosts?: string[] | undefined
  readonly requestTimeout?: string | undefined
  readonly profile?: 'jwt' | 'rfc9068' | undefined
  readonly algorithms?: string[] | undefined
  readonly clockTolerance?: string | undefined
  readonly maxTokenAge?: string | undefined
  readonly requiredClaims?: string[] | undefined
  readonly dpop?: string | undefined
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/**
 * Explains a token.
 *
 * @param token called once the options are known to be good, because it may ask the user
 * @throws UsageError
 * @throws ConfigurationError
 */
export async function explanationOf(
  token: () => Promise<string>,
  given: Given,
  runtime: Runtime,
): Promise<Explanation> {
  const options = explainOptions(given)
  const verifier = new TokenVerifier(verifierOptions(given, runtime))
  try {
    // A value in the token may be a short token itself.
    return withoutTokens(await verifier.explain(await token(), options)) as Explanation
  } finally {
    verifier.close()
  }
}

function verifierOptions(
  { anyAudience, audience, dpop, method: _method, url: _url, ...given }: Given & { readonly json?: unknown },
  { clock, fetch }: Runtime,
): VerifierOptions {
  const { json: _json, ...options } = given
  return {
    ...(options as VerifierOptions),
    audience: anyAudience === true ? null : audience,
    dpop: dpop !== undefined,
    clock,
    fetch,
  }
}

/** A proof is only good for one request. */
function explainOptions({ dpop: proof, method, url }: Given): ExplainOptions {
  if (proof === undefined) {
    if (method !== undefined || url !== undefined)
      throw new UsageError('--method and --url are for a proof: use --dpop')
    return {}
  }
  if (url === undefined || !URL.canParse(url))
    throw new UsageError('--dpop needs the absolute URL of the request: --url')
  return { dpop: { proof, method, url } }
}
