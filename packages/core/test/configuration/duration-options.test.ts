import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { durationUpTo, lifetime, positive, positiveDuration, wait } from '../../src/configuration/duration-options.ts'
import { authenticationGuard } from '../../src/http/guards/guards.ts'
import { dpopNonces } from '../../src/http/dpop/nonces.ts'
import { JwksEndpoint } from '../../src/http/documents/jwks-endpoint.ts'
import { IntrospectionClient } from '../../src/jwt/introspection/introspection-client.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { KeyRotation } from '../../src/keys/local/key-rotation.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'
import { readStoredKeyOptions } from '../../src/keys/stored/stored-key-options.ts'
import { readRevocationsOptions } from '../../src/revocation/revocation-options.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'

const day = 86_400
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256', kid: 'k' })
})

type Make = (duration: never) => unknown

const remote =
  (option: string): Make =>
  (value) =>
    new RemoteJwksKeyProvider({ issuer, [option]: value })
const verifier =
  (option: string): Make =>
  (value) =>
    new TokenVerifier({ issuer, audience, [option]: value })
const guard =
  (option: string): Make =>
  (value) =>
    authenticationGuard({ maxAge: '1h', [option]: value })
/** Uses a rotation plan that is valid with any value of the option. */
const rotation = (option: string, plan: object = {}): Make => {
  return (value) => new KeyRotation({ keys, kid: 'k', every: '3650d', ...plan, [option]: value })
}
const stored =
  (option: string): Make =>
  (value) =>
    readStoredKeyOptions({ store: memoryStore(), [option]: value })
const revocations =
  (option: string): Make =>
  (value) =>
    readRevocationsOptions({ [option]: value })
const introspection =
  (option: string): Make =>
  (value) =>
    new IntrospectionClient({ issuer, clientId: 'orders', clientSecret: 'secret', [option]: value })
const noCaches = { jwksMaxAge: 0, verifierCache: 0, longestTokenLifetime: 0, clockSkew: 0 }

/** Every duration option, with the largest bare number it accepts, in days. */
const options: [owner: string, option: string, days: number, make: Make][] = [
  ['RemoteJwksKeyProvider', 'cacheTtl', 1, remote('cacheTtl')],
  ['RemoteJwksKeyProvider', 'minCacheTtl', 1, remote('minCacheTtl')],
  ['RemoteJwksKeyProvider', 'maxCacheTtl', 1, remote('maxCacheTtl')],
  ['RemoteJwksKeyProvider', 'staleIfError', 1, remote('staleIfError')],
  ['RemoteJwksKeyProvider', 'requestTimeout', 1, remote('requestTimeout')],
  ['TokenVerifier', 'cacheTtl', 1, verifier('cacheTtl')],
  ['TokenVerifier', 'clockTolerance', 1, verifier('clockTolerance')],
  ['TokenVerifier', 'maxTokenAge', 1, verifier('maxTokenAge')],
  ['TokenVerifier', 'issuerTtl', 1, verifier('issuerTtl')],
  ['requireAuthentication', 'maxAge', 1, guard('maxAge')],
  ['requireAuthentication', 'clockTolerance', 1, guard('clockTolerance')],
  ['jwksHandler', 'maxAge', 1, (value) => new JwksEndpoint(keys, { maxAge: value })],
  ['TokenIssuer', 'expiresIn', 1, (value) => new TokenIssuer({ keys, issuer, audience, expiresIn: value })],
  ['KeyRotation', 'every', 366, rotation('every')],
  ['KeyRotation', 'activateAfter', 30, rotation('activateAfter')],
  ['KeyRotation', 'retainFor', 30, rotation('retainFor')],
  ['KeyRotation', 'longestTokenLifetime', 30, rotation('longestTokenLifetime')],
  ['KeyRotation', 'jwksMaxAge', 1, rotation('jwksMaxAge')],
  ['KeyRotation', 'verifierCache', 1, rotation('verifierCache')],
  ['KeyRotation', 'clockSkew', 1, rotation('clockSkew', noCaches)],
  ['IntrospectionClient', 'cacheTtl', 1, introspection('cacheTtl')],
  ['IntrospectionClient', 'timeout', 1, introspection('timeout')],
  ['StoredKeyProvider', 'pollInterval', 1, stored('pollInterval')],
  ['StoredKeyProvider', 'requestTimeout', 1, stored('requestTimeout')],
  ['StoredKeyProvider', 'staleIfError', 1, stored('staleIfError')],
  ['StoredKeyProvider', 'clockSkew', 1, stored('clockSkew')],
  ['Revocations', 'longestTokenLifetime', 366, revocations('longestTokenLifetime')],
  ['Revocations', 'clockSkew', 1, revocations('clockSkew')],
  ['Revocations', 'pollInterval', 1, revocations('pollInterval')],
  ['Revocations', 'requestTimeout', 1, revocations('requestTimeout')],
  ['Revocations', 'staleIfError', 1, revocations('staleIfError')],
  ['dpopNonces', 'interval', 1, (value) => dpopNonces('s'.repeat(32), { interval: value })],
  ['TokenVerifier: option dpop', 'proofLifetime', 1, (value) => verifier('dpop')({ proofLifetime: value } as never)],
  ['TokenVerifier: option dpop', 'clockTolerance', 1, (value) => verifier('dpop')({ clockTolerance: value } as never)],
]

/** The duration options of calls, which are not read at start-up. */
const ofCalls: [option: string, days: number, code: string, call: (duration: never) => Promise<unknown>][] = [
  [
    'expiresIn',
    1,
    'token_not_issuable',
    (value) => new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'a' }, { expiresIn: value }),
  ],
  ['activateAfter', 30, 'key_invalid', (value) => keys.rotateKey('k', { activateAfter: value })],
  ['retainFor', 30, 'key_invalid', (value) => keys.rotateKey('k', { retainFor: value, activateAfter: '1d' })],
  ['retainFor', 30, 'key_invalid', async (value) => keys.retain('k', value)],
]

describe.each(options)('%s, %s', (owner, option, days, make) => {
  it('accepts a bare number up to the limit', () => {
    expect(() => make((days * day) as never)).not.toThrow()
  })

  it('refuses a larger number and suggests a string', () => {
    const attempt = (): unknown => make(3_600_000_000 as never)
    expect(attempt).toThrow(expect.objectContaining({ code: 'configuration_invalid', option }))
    expect(attempt).toThrow(`${owner}: option \`${option}\` is 3600000000 seconds (41666.7 days): write '3600000s' if`)
    expect(() => make((days * day + 1) as never)).toThrow(/seconds \(\d+ days\): write/)
  })

  it('accepts a string above the limit', () => {
    const seconds = days * day + 1
    expect(() => make(`${seconds}s` as never)).not.toThrow()
    expect(() => make(`${days + 1}d` as never)).not.toThrow()
  })
})

describe.each(ofCalls)('the call option %s', (option, days, code, call) => {
  it('accepts a bare number up to the limit, and a string above it', async () => {
    await expect(call((days * day) as never)).resolves.not.toThrow()
    await expect(call(`${days + 1}d` as never)).resolves.not.toThrow()
  })

  it('refuses a larger number and suggests a string', async () => {
    const attempt = call(3_600_000 as never)
    await expect(attempt).rejects.toMatchObject({ code })
    await expect(attempt).rejects.toThrow(`\`${option}\` is 3600000 seconds (41.7 days): write '3600s'`)
  })
})

test('these tables contain every duration option', () => {
  const source = join(__dirname, '../../src')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const declared = files.flatMap((file) => {
    const declarations = readFileSync(join(source, file), 'utf8').matchAll(/^ +(?:readonly )?(\w+)\??: Duration\b/gm)
    return [...declarations].map(([, name]) => name)
  })
  expect(declared.length).toBeGreaterThan(15)
  const tested = [...options.map(([, option]) => option), ...ofCalls.map(([option]) => option)]
  expect(new Set(tested)).toEqual(new Set(declared))
})

describe('a duration reader', () => {
  it.each<[number, string]>([
    [300_000, "is 300000 seconds (3.5 days): write '300s' if milliseconds were meant, or else '300000s'"],
    [90_500, "is 90500 seconds (1 days): write '90500ms' if milliseconds were meant, or else '90500s'"],
    [86_400.5, "is 86400.5 seconds (1 days): write '86400.5ms' if milliseconds were meant, or else '86400.5s'"],
    [2_592_000_000, "is 2592000000 seconds (30000 days): write '2592000s' if milliseconds were meant"],
  ])('explains %d in the message and suggests a string', (value, message) => {
    expect(() => durationUpTo(1)(value, 'X: option `x`', {})).toThrow(`X: option \`x\` ${message}`)
  })

  it.each([
    ['positive', positive(durationUpTo(1))],
    ['positiveDuration', positiveDuration],
    ['lifetime', lifetime],
    ['wait', wait],
  ])('keeps the limit of the reader it wraps: %s', (_, read) => {
    expect(read(day, 'X: option `x`', {})).toBe(day * 1000)
    expect(() => read(day + 1, 'X: option `x`', {})).toThrow(/days\): write/)
  })
})
