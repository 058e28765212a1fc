import { TokenVerifier } from '../src/token-verifier.ts'
import type { VerifierOptions } from '../src/jwt/verifier-options.ts'
import { type McpAuthInfo, type McpTokenVerifier, toMcpVerifier } from '../src/mcp.ts'
import type { McpErrors } from '../src/mcp-sdk.ts'
import { ManualClock } from './support/clock.ts'
import { FakeFetch, refuseConnection } from './support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from './support/foreign-issuer.ts'

const clock = new ManualClock()
const foreign = new ForeignIssuer()
const exp = clock.seconds() + 60
const claims = { iss: issuer, aud: audience, sub: 'user-1', client_id: 'client-1', exp, scope: 'a b' }

class InvalidTokenError extends Error {}
class ServerError extends Error {}
const errors: McpErrors = { InvalidTokenError, ServerError }

function mcpVerifier(options: VerifierOptions = {}, given: McpErrors | undefined = errors): McpTokenVerifier {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return toMcpVerifier(new TokenVerifier({ issuer, audience, jwksUrl, clock, fetch, ...options }), given)
}

function infoOf(more: object, options?: VerifierOptions): Promise<McpAuthInfo> {
  return mcpVerifier(options).verifyAccessToken(foreign.sign({ ...claims, ...more }))
}

async function failureOf(verifying: Promise<unknown>): Promise<Error> {
  return verifying.then(
    () => {
      throw new Error('it passed')
    },
    (error: unknown) => error as Error,
  )
}

describe('a verifier for the MCP SDK', () => {
  it('returns the auth info of a valid token', async () => {
    const token = foreign.sign(claims)
    expect(await mcpVerifier().verifyAccessToken(token)).toEqual({
      token,
      clientId: 'client-1',
      scopes: ['a', 'b'],
      expiresAt: exp,
      resource: new URL(audience),
      extra: { claims },
    })
  })

  it.each([
    ['client_id', { azp: 'client-2' }, 'client-1'],
    ['azp', { client_id: undefined, azp: 'client-2' }, 'client-2'],
    ['sub', { client_id: undefined }, 'user-1'],
    ['no claim if all are missing', { client_id: undefined, sub: undefined }, ''],
    ['sub if azp is not a string', { client_id: undefined, azp: 5 }, 'user-1'],
  ])('takes the client id from %s', async (_, more, clientId) => {
    expect((await infoOf(more)).clientId).toBe(clientId)
  })

  it('names the audience that is a URL as the resource, and omits the resource if none is', async () => {
    expect((await infoOf({ aud: ['api', audience] })).resource).toEqual(new URL(audience))
    expect(await infoOf({ aud: 'api' }, { audience: 'api' })).not.toHaveProperty('resource')
    expect(await infoOf({ aud: undefined }, { audience: null })).not.toHaveProperty('resource')
  })

  it('returns scopes that the SDK may modify', async () => {
    const { scopes } = await infoOf({})
    scopes.push('c')
    expect((await infoOf({})).scopes).toEqual(['a', 'b'])
  })

  it.each([
    ['has expired', foreign.sign({ ...claims, exp: 1 }), 'token_expired'],
    ['is signed by another issuer', new ForeignIssuer(foreign.kid).sign(claims), 'signature_invalid'],
    ['is for another resource', foreign.sign({ ...claims, aud: 'https://other.example.com' }), 'audience_mismatch'],
    ['is not a JWT', 'opaque', 'token_malformed'],
    ['is empty', '', 'token_malformed'],
  ])('makes the SDK respond with 401 if the token %s', async (_, token, code) => {
    const failure = await failureOf(mcpVerifier().verifyAccessToken(token))
    expect(failure).toBeInstanceOf(InvalidTokenError)
    expect(failure).toMatchObject({ message: 'The access token is invalid', cause: { code } })
  })

  it.each<[string, VerifierOptions, string]>([
    [
      'the keys are unavailable',
      { fetch: new FakeFetch({ [jwksUrl]: refuseConnection }).fetch },
      'key_source_unavailable',
    ],
    ['the revocation check fails', { isRevoked: () => Promise.reject(new Error('down')) }, 'verification_unavailable'],
  ])('makes the SDK respond with 500 if %s', async (_, options, code) => {
    const failure = await failureOf(mcpVerifier(options).verifyAccessToken(foreign.sign(claims)))
    expect(failure).toBeInstanceOf(ServerError)
    expect(failure).toMatchObject({ cause: { code } })
  })

  it('passes on other errors unchanged', async () => {
    const fault = new RangeError('a fault of the program')
    const keys = { verificationKeys: () => Promise.reject(fault), trusts: () => false }
    const one = mcpVerifier({ jwksUrl: undefined, fetch: undefined, keys })
    expect(await failureOf(one.verifyAccessToken(foreign.sign(claims)))).toBe(fault)
  })

  it('throws at start-up if the error classes are missing', () => {
    // The default import of a CommonJS module, for example.
    const misread = { default: errors } as unknown as McpErrors
    expect(() => mcpVerifier({}, misread)).toThrow('toMcpVerifier: `errors` must contain the classes')
  })

  it('rejects with an error that version 2 recognizes if the caller is unknown, and warns once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue(undefined)
    const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const one = toMcpVerifier(new TokenVerifier({ issuer, audience, jwksUrl, clock, fetch }))
    for (let call = 0; call < 2; call += 1)
      expect(await failureOf(one.verifyAccessToken('opaque'))).toMatchObject({
        name: 'OAuthError',
        code: 'invalid_token',
        cause: { name: 'TokenError', code: 'token_malformed' },
      })
    expect(warn.mock.calls).toEqual([[expect.stringContaining('pass the error classes'), 'BearerKitWarning']])
    warn.mockRestore()
  })
})
