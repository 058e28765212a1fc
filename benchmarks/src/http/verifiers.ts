import { pemOf } from './pem.ts'
import type { Subject } from './subject.ts'

/** Rejects or throws unless the token is good. The result is put on the request, as middleware does. */
export type Verify = (token: string) => unknown

/** The peers that are not tied to a framework. The same lines connect each of them to every framework. */
export const verifiers: readonly Subject<Verify>[] = [
  {
    name: 'jose createRemoteJWKSet',
    role: 'peer',
    protection: async ({ issuer, audience, jwksUrl }) => {
      const { createRemoteJWKSet, jwtVerify } = await import('jose')
      const keys = createRemoteJWKSet(new URL(jwksUrl))
      return (token) => jwtVerify(token, keys, { issuer, audience })
    },
  },
  {
    name: 'aws-jwt-verify',
    role: 'peer',
    protection: async ({ issuer, audience, jwksUrl, publicJwk }) => {
      const { JwtVerifier } = await import('aws-jwt-verify')
      const verifier = JwtVerifier.create({ issuer, audience, jwksUri: jwksUrl })
      // This peer fetches only over https, which is missing here, so it gets the keys before the first request.
      verifier.cacheJwks({ keys: [publicJwk as Parameters<typeof verifier.cacheJwks>[0]['keys'][number]] })
      return (token) => verifier.verify(token)
    },
  },
  {
    name: 'fast-jwt with its cache',
    role: 'peer',
    tokens: 'repeated',
    protection: (setup) => fastJwt(setup, true),
  },
  {
    name: 'fast-jwt',
    role: 'peer',
    tokens: 'new',
    protection: (setup) => fastJwt(setup, false),
  },
]

async function fastJwt(setup: Parameters<Subject<Verify>['protection']>[0], cache: boolean): Promise<Verify> {
  const { createVerifier } = await import('fast-jwt')
  const { issuer: allowedIss, audience: allowedAud, alg } = setup
  const verify = createVerifier({ key: pemOf(setup), cache, algorithms: [alg], allowedIss, allowedAud })
  return (token) => verify(token) as unknown
}
