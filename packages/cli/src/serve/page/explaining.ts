import { type Clock, type Explanation, type PresentedProof, TokenVerifier } from '@bearerkit/core'
import type { TestIssuer } from '@bearerkit/testing'
import { isLoopback } from '../listening.ts'

/** Explains a token as an API with this audience would see it. */
export type Explain = (token: string, audience: string, dpop: PresentedProof | undefined) => Promise<Explanation>

/**
 * Explains tokens by the rules and defaults of `verifyJwt`. Each explanation asks the issuer anew over HTTP, so that it also
 * shows a fault. The log shows these requests, with a name of their own.
 *
 * @param local the origin at which this process reaches the issuer
 */
export function explaining({ issuer, client }: TestIssuer, local: string, clock: Clock): Explain {
  const { origin, protocol, host, hostname } = new URL(issuer)
  // To name a host as insecure makes the process warn of it, so loopback addresses, which need not be named, are not.
  const insecureHosts = protocol === 'http:' && !isLoopback(hostname) ? [host] : undefined
  return async (token, audience, dpop) => {
    const verifier = new TokenVerifier({
      issuer,
      audience,
      clock,
      dpop: true,
      introspection: client,
      insecureHosts,
      userAgent: 'bearerkit serve (explain)',
      fetch: (url, init) => fetch(url.replace(origin, local), init),
    })
    return verifier.explain(token, { dpop })
  }
}
