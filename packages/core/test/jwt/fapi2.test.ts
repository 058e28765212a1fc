import { createDpopClient } from '@bearerkit/testing'
import { Authenticator } from '../../src/http/authenticator.ts'
import type { TokenBinding } from '../../src/jwt/binding/token-binding.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { cookie } from '../../src/http/credentials/token-source.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { type Outcome, outcomeOf } from '../http/outcome.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const url = 'https://api.example.com/accounts'
const keys = new LocalKeyProvider()
const options: VerifierOptions = { keys, issuer, audience, profile: 'fapi2' }

beforeAll(async () => {
  for (const alg of ['ES256', 'PS256', 'Ed25519', 'RS256', 'ES384'] as const) await keys.createKey({ alg, kid: alg })
})

function issued(boundTo: TokenBinding | undefined, kid = 'ES256', now?: number): Promise<string> {
  const clock = { now: () => now ?? Date.now() }
  const tokens = new TokenIssuer({ keys, issuer, audience, kid, clock })
  return tokens.issue({ sub: 'user-1' }, boundTo === undefined ? {} : { boundTo })
}

async function asked(authenticator: Authenticator, headers: Record<string, string>): Promise<Outcome> {
  const request = { method: 'GET', url: '/accounts', headers: { host: 'api.example.com', ...headers } }
  const socket = { encrypted: true } as object
  return outcomeOf((continuation) => authenticator.authenticate({ ...request, socket }, continuation))
}

/** Sends a token that is bound to a DPoP key, with a proof. */
async function proven(
  authenticator: Authenticator,
  { kid, now, alg = 'ES256' }: { kid?: string; now?: number; alg?: string } = {},
): Promise<Outcome> {
  const client = await createDpopClient({ alg, ...(now !== undefined && { clock: { now: () => now } }) })
  const token = await issued({ jkt: client.jkt }, kid, now)
  return asked(authenticator, { authorization: `DPoP ${token}`, dpop: await client.proof({ url, token }) })
}

describe('the profile fapi2', () => {
  it.each(['ES256', 'PS256', 'Ed25519'])('accepts a bound token that is signed with %s', async (kid) => {
    expect((await proven(new Authenticator({ ...options, dpop: true }), { kid })).error).toBeUndefined()
  })

  it.each(['RS256', 'ES384'])('refuses a token that is signed with %s', async (kid) => {
    const { error } = await proven(new Authenticator({ ...options, dpop: true }), { kid })
    expect(error).toMatchObject({ status: 401, reason: 'algorithm_not_accepted' })
  })

  it('refuses a proof with another algorithm', async () => {
    const { error } = await proven(new Authenticator({ ...options, dpop: true }), { alg: 'ES384' })
    expect(error).toMatchObject({ code: 'proof_invalid', reason: 'dpop_alg_not_accepted' })
  })

  it.each<[string, VerifierOptions]>([
    ['dpop', { dpop: true }],
    ['mtls', { mtls: true }],
    ['both', { dpop: true, mtls: true }],
  ])('refuses a token that is not bound, with %s on', async (_which, more) => {
    const { error } = await asked(new Authenticator({ ...options, ...more }), {
      authorization: `Bearer ${await issued(undefined)}`,
    })
    expect(error).toMatchObject({ status: 401, error: 'invalid_token', reason: 'claim_missing' })
  })

  it('offers the scheme Bearer only if certificates are accepted', async () => {
    const challenges = async (more: VerifierOptions): Promise<unknown> => {
      const { error } = await asked(new Authenticator({ ...options, ...more }), {})
      return (error as { headers?: Record<string, unknown> }).headers?.['WWW-Authenticate']
    }
    expect(await challenges({ dpop: true })).toBe('DPoP realm="api", algs="PS256 ES256 Ed25519 EdDSA"')
    expect(await challenges({ mtls: true })).toBe('Bearer realm="api"')
    expect(await challenges({ mtls: true, dpop: true })).toHaveLength(2)
  })

  it('accepts a token and a proof of which the clock is 9 seconds ahead, and refuses one that is 11 seconds ahead', async () => {
    const authenticator = new Authenticator({ ...options, dpop: true })
    expect((await proven(authenticator, { now: Date.now() + 9000 })).error).toBeUndefined()
    expect((await proven(authenticator, { now: Date.now() + 12_000 })).error).toMatchObject({ status: 401 })
  })

  it('holds for one issuer of several', async () => {
    const authenticator = new Authenticator({ audience, issuers: [{ keys, issuer, profile: 'fapi2' }], mtls: true })
    const { error } = await asked(authenticator, { authorization: `Bearer ${await issued(undefined)}` })
    expect(error).toMatchObject({ reason: 'claim_missing' })
  })

  it.each<[string, VerifierOptions, string]>([
    ['neither dpop nor mtls', {}, 'dpop'],
    ['a token source', { dpop: true, tokenSource: cookie('token') }, 'tokenSource'],
    ['another algorithm', { dpop: true, algorithms: ['RS256'] }, 'algorithms'],
    ['HMAC', { dpop: true, algorithms: ['HS256'] }, 'algorithms'],
    ['proofs with other algorithms alone', { dpop: { algorithms: ['RS256'] } }, 'dpop'],
    ['a tolerance of 5 seconds', { dpop: true, clockTolerance: '5s' }, 'clockTolerance'],
    ['a tolerance of 2 minutes', { dpop: true, clockTolerance: '2m' }, 'clockTolerance'],
  ])('is refused at start-up with %s', (_what, more, option) => {
    expect(() => new Authenticator({ ...options, ...more })).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        option,
        message: expect.stringContaining('fapi2') as string,
      }),
    )
  })
})
