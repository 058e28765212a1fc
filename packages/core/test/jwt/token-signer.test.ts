import { KeySourceUnavailableError, TokenError } from '../../src/errors.ts'
import type { VerificationKeys } from '../../src/keys/key-roles.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { audience, ForeignIssuer, issuer } from '../support/foreign-issuer.ts'
import { foreignPromise } from '../support/promises.ts'

afterEach(() => {
  jest.useRealTimers()
})

it('reports that the keys are unavailable if the key provider never answers', async () => {
  jest.useFakeTimers()
  const keys = { verificationKeys: () => new Promise<never>(() => undefined), trusts: () => true }
  const token = new ForeignIssuer('orders.1').sign({ iss: issuer, aud: audience }, { alg: 'ES256' })
  const verification = new TokenVerifier({ keys, issuer, audience }).verify(token)
  const outcome = expect(verification).rejects.toThrow(KeySourceUnavailableError)
  await jest.advanceTimersByTimeAsync(30_000)
  await outcome
})

/** Some libraries, and Web Cryptography in Jest, return promises that are not instances of this realm's `Promise`. */
it.each(['HS256', 'ES256'])('awaits a key that comes in a promise of another realm: %s', async (alg) => {
  const [own, others] = await Promise.all(
    ['own', 'others'].map(async () => {
      const keys = new LocalKeyProvider()
      await keys.createKey({ alg, kid: 'k' })
      return keys
    }),
  )
  const [key] = own?.keysAtHand({ alg, kid: 'k.1' }) ?? []
  const slow = { thumbprint: 'own', cryptoKey: (name: string) => foreignPromise(key?.cryptoKey(name)) }
  const keys = { verificationKeys: () => [slow], trusts: () => true } as unknown as VerificationKeys
  const verifier = new TokenVerifier({ keys, issuer, audience, algorithms: [alg] })
  const tokenOf = (one: LocalKeyProvider | undefined): Promise<string> => {
    return new TokenIssuer({ keys: one as LocalKeyProvider, issuer, audience }).issue({ sub: 'user-1' })
  }
  await expect(verifier.verify(await tokenOf(others))).rejects.toThrow(new TokenError('signature_invalid'))
  expect((await verifier.verify(await tokenOf(own))).claims.sub).toBe('user-1')
})
