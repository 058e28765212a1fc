import { freshnessLifetime, type FreshnessRules, retryAfterOf } from '../../../../src/keys/remote/policy/freshness.ts'
import { hour, minute } from '../remote-setting.ts'

const now = Date.parse('2026-07-01T12:00:00Z')
const later = (seconds: number): string => new Date(now + seconds * 1000).toUTCString()
const bounds = { cacheTtl: undefined, minCacheTtl: minute, maxCacheTtl: hour }

/** In seconds. */
function lifetime(headers: Record<string, string>, rules: Partial<FreshnessRules> = {}): number {
  return freshnessLifetime(new Headers(headers), { ...bounds, ...rules }, now) / 1000
}

describe('the freshness lifetime of keys', () => {
  it.each<[string, Record<string, string>, number]>([
    ['the server sends no header', {}, 300],
    ['Cache-Control has no lifetime', { 'cache-control': 'public, must-revalidate' }, 300],
    ['max-age is present', { 'cache-control': 'max-age=600' }, 600],
    ['max-age is among other directives', { 'cache-control': 'public , max-age=600, must-revalidate' }, 600],
    ['max-age is in capitals', { 'Cache-Control': 'Public, MAX-AGE=600' }, 600],
    ['max-age is quoted', { 'cache-control': 'max-age="600"' }, 600],
    ['only s-maxage is present', { 'cache-control': 's-maxage=900' }, 300],
    ['s-maxage and max-age are present', { 'cache-control': 's-maxage=900, max-age=600' }, 600],
    ['the response has an Age', { 'cache-control': 'max-age=600', age: '100' }, 500],
    ['Age is not a number', { 'cache-control': 'max-age=600', age: 'old' }, 600],
    ['Age exceeds max-age', { 'cache-control': 'max-age=600', age: '601' }, 60],
    ['the response has only an Age', { age: '100' }, 300],
    ['no-store is present', { 'cache-control': 'no-store' }, 60],
    ['no-store and max-age are present', { 'cache-control': 'no-store, max-age=600' }, 60],
    ['no-cache is present', { 'cache-control': 'no-cache' }, 60],
    ['max-age is below the minimum', { 'cache-control': 'max-age=1' }, 60],
    ['max-age is zero', { 'cache-control': 'max-age=0' }, 60],
    ['max-age is above the maximum', { 'cache-control': 'max-age=86400' }, 3600],
    ['max-age is 2^31', { 'cache-control': 'max-age=2147483648' }, 3600],
    ['max-age is not a number', { 'cache-control': 'max-age=long' }, 300],
    ['max-age is negative', { 'cache-control': 'max-age=-5' }, 300],
    ['max-age has no value', { 'cache-control': 'max-age' }, 300],
    ['max-age exceeds 2^31', { 'cache-control': 'max-age=99999999999999' }, 3600],
    ['max-age occurs twice: the first is used', { 'cache-control': 'max-age=60, max-age=3600' }, 60],
    ['max-age occurs twice, the longer first', { 'cache-control': 'max-age=3600, max-age=60' }, 3600],
    ['max-age occurs twice, the second in capitals', { 'cache-control': 'max-age=600, Max-Age=60' }, 600],
    ['the first max-age is not a number', { 'cache-control': 'max-age=long, max-age=600' }, 300],
    [
      'max-age is inside the value of another directive',
      { 'cache-control': 'private="a, max-age=60", max-age=600' },
      600,
    ],
    ['a quoted value is not closed', { 'cache-control': 'max-age=600, private="a, max-age=60' }, 600],
    ['there is a space around the equals sign', { 'cache-control': 'max-age = 600' }, 600],
    ['there are directives without a name', { 'cache-control': ', =5,, max-age=600 ,' }, 600],
    ['Age has two values: the first is used', { 'cache-control': 'max-age=600', age: '100, 200' }, 500],
    ['Expires has two dates', { expires: `${later(600)}, ${later(900)}` }, 60],
    ['Expires is present', { expires: later(600) }, 600],
    ['Expires and Date are present', { date: later(-1000), expires: later(-400) }, 600],
    ['Expires and Age are present', { expires: later(600), age: '100' }, 500],
    ['Expires is in the past', { expires: later(-600) }, 60],
    ['Expires is not a date', { expires: '0' }, 60],
    ['Expires is not a date and max-age is present', { expires: '-1', 'cache-control': 'max-age=600' }, 600],
    ['max-age takes precedence over Expires', { expires: later(900), 'cache-control': 'max-age=600' }, 600],
  ])('is right if %s', (_, headers, seconds) => {
    expect(lifetime(headers)).toBe(seconds)
  })

  it('respects the given bounds', () => {
    const rules = { minCacheTtl: 10_000, maxCacheTtl: 20_000 }
    expect([0, 15, 100].map((age) => lifetime({ 'cache-control': `max-age=${age}` }, rules))).toEqual([10, 15, 20])
  })

  it.each([1, 2000, 100 * hour])('is the cacheTtl of the application, outside the bounds too: %p ms', (cacheTtl) => {
    for (const value of ['no-store', 'max-age=600', '']) {
      expect(lifetime({ 'cache-control': value }, { cacheTtl })).toBe(cacheTtl / 1000)
    }
  })
})

describe('a 304', () => {
  it.each<[string, Record<string, string>, number | undefined, number]>([
    ['without headers keeps the stored lifetime', {}, 60, 60],
    ['without a lifetime keeps the stored one', { 'cache-control': 'public' }, 900, 900],
    ['without a lifetime keeps the stored one minus its own age', { age: '100' }, 900, 800],
    ['with a lifetime replaces the stored one', { 'cache-control': 'max-age=120' }, 900, 120],
    ['with no-cache replaces the stored lifetime', { 'cache-control': 'no-cache' }, 900, 60],
    ['with Expires replaces the stored lifetime', { expires: later(120) }, 900, 120],
    ['uses the default if no lifetime was ever declared', {}, undefined, 300],
  ])('%s', (_, headers, stored, seconds) => {
    const inMilliseconds = stored === undefined ? undefined : stored * 1000
    expect(freshnessLifetime(new Headers(headers), bounds, now, inMilliseconds) / 1000).toBe(seconds)
  })
})

describe('reading Retry-After', () => {
  it.each<[string, string | undefined, number | undefined]>([
    ['seconds', '120', 120],
    ['zero', '0', 0],
    ['a date', later(90), 90],
    ['a date in the past', later(-90), 0],
    ['two numbers: the first is used', '120, 60', 120],
    ['no header', undefined, undefined],
    ['a word', 'soon', undefined],
    ['an empty value', '', undefined],
  ])('handles %s', (_, value, seconds) => {
    const delay = retryAfterOf(new Headers(value === undefined ? {} : { 'retry-after': value }), now)
    expect(delay).toBe(seconds === undefined ? undefined : seconds * 1000)
  })

  it('ignores fractions and negative numbers', () => {
    for (const value of ['1.5', '-5']) {
      const delay = retryAfterOf(new Headers({ 'retry-after': value }), now)
      expect(delay ?? 0).toBe(0)
    }
  })
})
