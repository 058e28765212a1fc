import { KeySourceUnavailableError } from '../../src/errors.ts'
import { TokenVerifier } from '../../src/jwt/token-verifier.ts'
import { audience, ForeignIssuer, issuer } from '../support/foreign-issuer.ts'

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
