import { duration, positiveDuration } from '../../src/configuration/duration-options.ts'
import {
  callable,
  wholeNumber,
  defaulting,
  having,
  nullable,
  oneOf,
  optional,
  type Reader,
  readOptions,
  required,
  someOf,
  text,
  texts,
} from '../../src/configuration/options.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'

function failureOf(attempt: () => unknown): ConfigurationError {
  try {
    attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return error as ConfigurationError
  }
  throw new Error('nothing was thrown')
}

const readers = { realm: defaulting(text, 'api'), cacheTtl: optional(duration), audience: required(texts) }

describe('readOptions', () => {
  it('converts the options to their internal form and freezes them', () => {
    const settings = readOptions('Thing', { cacheTtl: '5m', audience: 'a' }, readers)
    expect(settings).toEqual({ realm: 'api', cacheTtl: 300_000, audience: ['a'] })
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.audience)).toBe(true)
  })

  it('is not affected when the caller later modifies the given options', () => {
    const audience = ['a']
    const settings = readOptions('Thing', { audience }, readers)
    audience.push('b')
    expect(settings.audience).toEqual(['a'])
  })

  it('treats undefined as left out', () => {
    expect(readOptions('Thing', { audience: 'a', realm: undefined }, readers)).toMatchObject({ realm: 'api' })
  })

  it('refuses an unknown option and lists the known ones', () => {
    const failure = failureOf(() => readOptions('Thing', { audience: 'a', leeway: 5 }, readers))
    expect(failure).toMatchObject({ option: 'leeway', code: 'configuration_invalid', name: 'ConfigurationError' })
    expect(failure.message).toContain('realm, cacheTtl, audience')
  })

  it('refuses a misspelled option and suggests only the nearest name', () => {
    const failure = failureOf(() => readOptions('Thing', { audience: 'a', chacheTtl: 5 }, readers))
    expect(failure.message).toBe('Thing: option `chacheTtl` is unknown: did you mean `cacheTtl`?')
    expect(failure.option).toBe('chacheTtl')
  })

  it.each<[string, () => unknown, string]>([
    ['TokenVerifier', () => new TokenVerifier({ clockTolerence: '5s' } as never), 'clockTolerance'],
    ['RemoteJwksKeyProvider', () => new RemoteJwksKeyProvider({ jwksUri: 'https://a.b' } as never), 'jwksUrl'],
    ['TokenIssuer', () => new TokenIssuer({ expireIn: '5m' } as never), 'expiresIn'],
    ['LocalKeyProvider', () => new LocalKeyProvider({ clok: {} } as never), 'clock'],
  ])('suggests the nearest name for a misspelled option of %s', (_, make, meant) => {
    expect(failureOf(make).message).toMatch(new RegExp(`is unknown: did you mean \\\`${meant}\\\`\\?$`))
  })

  it('suggests the right spelling of an option in the wrong case', () => {
    const failure = failureOf(() => readOptions('Thing', { audience: 'a', cacheTTL: 5 }, readers))
    expect(failure.message).toContain('did you mean `cacheTtl`?')
  })

  it.each(['__proto__', 'constructor', 'toString'])(
    'refuses %s as an unknown option, although every object inherits it',
    (name) => {
      const given = JSON.parse(`{"audience":"a","${name}":1}`) as object
      expect(failureOf(() => readOptions('Thing', given, readers)).option).toBe(name)
    },
  )

  it('names a missing option and its environment variable', () => {
    const failure = failureOf(() => readOptions('Thing', {}, readers))
    expect(failure.message).toBe('Thing: option `audience` (or BEARERKIT_AUDIENCE) is missing')
    expect(failure.option).toBe('audience')
  })

  it.each([undefined, null, 'text', 5, [[]]])('refuses options that are not an object: %p', (given) => {
    expect(failureOf(() => readOptions('Thing', given, readers)).option).toBe('options')
  })
})

describe('options that are not an object cause a ConfigurationError in the constructor of', () => {
  it.each<[string, () => unknown]>([
    ['LocalKeyProvider', () => new LocalKeyProvider(null as never)],
    ['RemoteJwksKeyProvider', () => new RemoteJwksKeyProvider(undefined as never)],
    ['RemoteJwksKeyProvider (null)', () => new RemoteJwksKeyProvider(null as never)],
    ['TokenIssuer', () => new TokenIssuer(undefined as never)],
    ['TokenVerifier', () => new TokenVerifier(null as never)],
  ])('%s', (_, make) => {
    failureOf(make)
  })
})

const someFunction = (): void => undefined
const somethingWithNow = { now: () => 0 }

describe('a reader', () => {
  it.each<[string, Reader<unknown>, unknown, unknown]>([
    ['text keeps a string as it is', text, ' a ', ' a '],
    ['texts makes a list of one string', texts, 'a', ['a']],
    ['texts takes a list', texts, ['a', 'b'], ['a', 'b']],
    ['oneOf takes a listed value', oneOf('a', 'b'), 'b', 'b'],
    ['someOf takes listed values', someOf(['a', 'b', 'c']), ['a', 'c'], ['a', 'c']],
    ['someOf takes a single value', someOf(['a', 'b']), 'a', ['a']],
    ['wholeNumber takes a whole number', wholeNumber, 1, 1],
    ['duration takes zero', duration, 0, 0],
    ['duration takes a string', duration, '2s', 2000],
    ['positiveDuration takes a millisecond', positiveDuration, '1ms', 1],
    ['nullable takes null', nullable(text), null, null],
    ['nullable reads other values', nullable(text), 'a', 'a'],
    ['optional lets undefined pass', optional(text), undefined, undefined],
    ['required reads a given value', required(text), 'a', 'a'],
    ['defaulting fills in the default', defaulting(text, 'a'), undefined, 'a'],
    ['callable takes a function', callable(), someFunction, someFunction],
    ['having takes an object with the method', having('now'), somethingWithNow, somethingWithNow],
  ])('%s', (_, reader, given, read) => {
    expect(reader(given, 'X: option `x`', {})).toEqual(read)
  })

  it.each<[string, Reader<unknown>, unknown]>([
    ['text refuses an empty string', text, ''],
    ['text refuses white space', text, ' \t'],
    ['text refuses a number', text, 5],
    ['text refuses null', text, null],
    ['texts refuses an empty list', texts, []],
    ['texts refuses an empty string in a list', texts, ['a', '']],
    ['texts refuses a list in a list', texts, [['a']]],
    ['oneOf refuses an unlisted value', oneOf('a'), 'A'],
    ['oneOf refuses a list', oneOf('a'), ['a']],
    ['someOf refuses a value that is not listed', someOf(['a']), ['a', 'b']],
    ['someOf refuses an empty list', someOf(['a']), []],
    ['wholeNumber refuses zero', wholeNumber, 0],
    ['wholeNumber refuses a fraction', wholeNumber, 1.5],
    ['wholeNumber refuses a string', wholeNumber, '1'],
    ['wholeNumber refuses an unsafe integer', wholeNumber, 2 ** 53],
    ['duration refuses a bare number in a string', duration, '5'],
    ['duration refuses a negative number', duration, -1],
    ['positiveDuration refuses zero', positiveDuration, 0],
    ['positiveDuration refuses zero with a unit', positiveDuration, '0s'],
    ['nullable refuses undefined', nullable(text), undefined],
    ['required refuses undefined', required(text), undefined],
    ['optional refuses null', optional(text), null],
    ['defaulting refuses null', defaulting(text, 'a'), null],
    ['callable refuses an object', callable(), {}],
    ['having refuses an object without the method', having('now'), { now: 5 }],
    ['having refuses null', having('now'), null],
  ])('%s, and names the option', (_, reader, given) => {
    const failure = failureOf(() => reader(given, 'X: option `x`', {}))
    expect(failure.option).toBe('x')
    expect(failure.message).toMatch(/^X: option `x` /)
  })
})
