import { Authenticator } from '../../../src/http/authenticator.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

function settingsOf(dpop: unknown): unknown {
  const options = { issuer, audience, dpop } as VerifierOptions
  return new TokenVerifier(options).settings.dpop
}

describe('the option dpop', () => {
  it.each([undefined, false])('is off: %p', (dpop) => {
    expect(settingsOf(dpop)).toBeUndefined()
  })

  it('has the defaults of the documentation', () => {
    expect(settingsOf(true)).toEqual(settingsOf({}))
    expect(settingsOf(true)).toMatchObject({
      required: false,
      proofLifetime: 60,
      clockTolerance: 5,
      trustForwarded: false,
    })
  })

  it.each([
    ['https://API.example.com/', 'https://api.example.com'],
    ['https://api.example.com:443/svc2/', 'https://api.example.com/svc2'],
    ['http://localhost:3000', 'http://localhost:3000'],
  ])('normalizes the public URL %s', (publicUrl, normalized) => {
    expect(settingsOf({ publicUrl })).toMatchObject({ publicUrl: normalized })
  })

  it.each<[string, unknown, string]>([
    ['dpop', 'yes', 'must be true, false, or an object of options'],
    ['dpop', null, 'must be true, false, or an object of options'],
    ['options', [], 'must be an object'],
    ['proofLifetimes', { proofLifetimes: 5 }, 'did you mean `proofLifetime`?'],
    ['required', { required: 'yes' }, 'must be true or false'],
    ['algorithms', { algorithms: ['HS256'] }, 'must be one of'],
    ['algorithms', { algorithms: ['none'] }, 'must be one of'],
    ['algorithms', { algorithms: [] }, 'must name at least one'],
    ['proofLifetime', { proofLifetime: 0 }, 'must be at least one second'],
    ['clockTolerance', { clockTolerance: -1 }, 'must be seconds'],
    ['nonce', { nonce: 'n' }, 'must be an object with a method accepts()'],
    ['replay', { replay: new Map() }, 'must be an object with a method firstUse()'],
    ['publicUrl', { publicUrl: 'api.example.com' }, 'is not an absolute URL'],
    ['publicUrl', { publicUrl: 'ftp://api.example.com' }, 'must be an http(s) URL'],
    ['publicUrl', { publicUrl: 'https://user@api.example.com' }, 'must be an http(s) URL'],
    ['publicUrl', { publicUrl: 'https://api.example.com?a' }, 'must be an http(s) URL'],
    ['publicUrl', { publicUrl: 'https://api.example.com#a' }, 'must be an http(s) URL'],
    ['trustForwarded', { trustForwarded: 1 }, 'must be true or false'],
  ])('is refused at start-up, naming %s: %j', (option, dpop, message) => {
    const given = { issuer, audience, dpop } as VerifierOptions
    expect(() => new Authenticator(given)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        option,
        message: expect.stringContaining(message) as string,
      }),
    )
  })
})
