import { readTestIssuerOptions, type TestIssuerOptions } from './issuer-options.ts'
import { memoryFetch } from './memory-fetch.ts'
import { createIssuerKeys, type IssuerParts, TestIssuer } from './test-issuer.ts'

/** RFC 6761 §6.2: no real host has a name under `test`. */
const origin = 'https://issuer.test'

/**
 * Creates a token issuer without a socket: a verifier with its options gets its keys in memory. Nothing has to be closed.
 *
 * ```ts
 * import { TokenVerifier } from '@bearerkit/core'
 * import { testIssuer } from '@bearerkit/testing'
 *
 * const issuer = await testIssuer()
 * const verifier = new TokenVerifier(issuer.verifierOptions({ audience: 'api' })) // or verifyJwt(…)
 * const { authorization } = issuer.authorization({ sub: 'user-7', scope: 'reports:read' }) // 200
 * const expired = await issuer.forged.expired() // 401
 * issuer.fail({ kind: 'down' }) // 503 for keys that were not fetched before
 * ```
 *
 * @throws ConfigurationError naming the option
 */
export async function testIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const settings = readTestIssuerOptions('testIssuer', options)
  const reaching: IssuerParts['reaching'] = (service) => ({ fetch: memoryFetch(origin, service) })
  return new TestIssuer({ settings, origin, ...(await createIssuerKeys(settings)), reaching }).prepare()
}
