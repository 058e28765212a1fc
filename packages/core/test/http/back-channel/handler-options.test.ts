import {
  IntrospectionEndpoint,
  type IntrospectionHandlerOptions,
} from '../../../src/http/back-channel/introspection-endpoint.ts'
import { LogoutEndpoint, type LogoutHandlerOptions } from '../../../src/http/back-channel/logout-endpoint.ts'
import {
  RevocationEndpoint,
  type RevocationHandlerOptions,
} from '../../../src/http/back-channel/revocation-endpoint.ts'
import type { TokenRevoker } from '../../../src/http/back-channel/token-revoker.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'

const revocations: TokenRevoker = { revoke: async () => undefined }
const issuer = 'https://issuer.example.com'

describe('the options of logoutHandler', () => {
  it.each<[string, object, string]>([
    ['no client', { clientId: undefined }, 'clientId'],
    ['a client that is null', { clientId: null }, 'clientId'],
    ['an empty list of clients', { clientId: [] }, 'clientId'],
    ['no issuer', { issuer: undefined }, 'issuer'],
    ['an issuer without TLS', { issuer: 'http://issuer.example.com' }, 'issuer'],
    ['an audience', { audience: 'x' }, 'audience'],
    ['a profile', { profile: 'jwt' }, 'profile'],
    ['claims that are required anyway', { requiredClaims: ['sub'] }, 'requiredClaims'],
    ['what to revoke', { revoke: 'everything' }, 'revoke'],
    ['a replay store', { replay: {} }, 'replay'],
    ['a relaxation that is not a boolean', { acceptUntypedTokens: 'yes' }, 'acceptUntypedTokens'],
    ['a listener', { onFailure: 'log' }, 'onFailure'],
    ['algorithms', { algorithms: ['none'] }, 'algorithms'],
    ['an unknown option', { client: 'x' }, 'client'],
  ])('refuses %s', (_, change, option) => {
    const options = { issuer, clientId: 'client-1', ...change } as LogoutHandlerOptions
    expect(() => new LogoutEndpoint(revocations, options)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option }),
    )
  })

  it.each([undefined, null, {}, { revoke: true }])('refuses revocations that are %p', (given) => {
    expect(() => new LogoutEndpoint(given as TokenRevoker, { issuer, clientId: 'client-1' })).toThrow(
      expect.objectContaining({ option: 'revocations' }),
    )
  })

  it('takes the issuer from the environment, and no audience', () => {
    process.env['BEARERKIT_ISSUER'] = issuer
    process.env['BEARERKIT_AUDIENCE'] = 'https://api.example.com'
    try {
      expect(new LogoutEndpoint(revocations, { clientId: 'client-1' })).toBeInstanceOf(LogoutEndpoint)
    } finally {
      delete process.env['BEARERKIT_ISSUER']
      delete process.env['BEARERKIT_AUDIENCE']
    }
  })
})

describe('the options of revocationHandler', () => {
  it.each<[string, object, string]>([
    ['no authentication', { authenticate: undefined }, 'authenticate'],
    ['an authentication that is no function', { authenticate: true }, 'authenticate'],
    ['no issuer', { verification: {} }, 'issuer'],
    ['no audience', { verification: { issuer } }, 'audience'],
    ['a listener', { onFailure: 'log' }, 'onFailure'],
    ['an unknown option', { guard: 'x' }, 'guard'],
  ])('refuses %s', (_, change, option) => {
    const usual = { verification: { issuer, audience: 'https://api.example.com' }, authenticate: () => true }
    const options = { ...usual, ...change } as RevocationHandlerOptions
    expect(() => new RevocationEndpoint(revocations, options)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option }),
    )
  })

  it.each([undefined, null, {}])('refuses revocations that are %p', (given) => {
    expect(() => new RevocationEndpoint(given as TokenRevoker, { authenticate: () => true })).toThrow(
      expect.objectContaining({ option: 'revocations' }),
    )
  })
})

describe('the options of introspectionHandler', () => {
  const signing = { keys: new LocalKeyProvider(), issuer }

  it.each<[string, object, string]>([
    ['no authentication', { authenticate: undefined }, 'authenticate'],
    ['no issuer', { verification: {} }, 'issuer'],
    ['no audience', { verification: { issuer } }, 'audience'],
    ['a look-up that is no function', { find: new Map() }, 'find'],
    ['a listener', { onFailure: 'log' }, 'onFailure'],
    ['signing without keys', { signing: { issuer } }, 'keys'],
    ['signing without an issuer', { signing: { ...signing, issuer: undefined } }, 'issuer'],
    ['an unknown option', { isMeantFro: () => true }, 'isMeantFro'],
  ])('refuses %s', (_, change, option) => {
    const usual = { verification: { issuer, audience: null }, authenticate: () => true }
    const options = { ...usual, ...change } as IntrospectionHandlerOptions
    expect(() => new IntrospectionEndpoint(options)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option }),
    )
  })
})
