import { freshnessLifetime, type FreshnessRules, retryAfterOf } from '../../../../src/keys/remote/policy/freshness.ts'
import { hour, minute } from '../remote-setting.ts'

const now = Date.parse('2026-07-01T12:00:00Z')
const later = (seconds: number): string => new Date(now + seconds * 1000).toUTCString()
const bounds = { cacheTtl: undefined, minCacheTtl: minute, maxCacheTtl: hour }

/** In seconds. */
function lifetime(headers: Record<string, string>, rules: Partial<FreshnessRules> = {}): number {
  return freshnessLifetime(new Headers(headers), { ...bounds, ...rules }, now) / 1000
}

describe('how long keys are fresh', () => {
  it.each<[string, Record<string, string>, number]>([
    ['the server says nothing', {}, 300],
    ['it says something else', { 'cache-control': 'public, must-revalidate' }, 300],
    ['it says max-age', { 'cache-control': 'max-age=600' }, 600],
    ['it says max-age among others', { 'cache-control': 'public , max-age=600, must-revalidate' }, 600],
    ['it says it in capitals', { 'Cache-Control': 'Public, MAX-AGE=600' }, 600],
    ['it says it in quotation marks', { 'cache-control': 'max-age="600"' }, 600],
    ['it says it to shared caches alone', { 'cache-control': 's-maxage=900' }, 300],
    ['it says it to shared caches too', { 'cache-control': 's-maxage=900, max-age=600' }, 600],
    ['the answer has an age', { 'cache-control': 'max-age=600', age: '100' }, 500],
    ['the age is none', { 'cache-control': 'max-age=600', age: 'old' }, 600],
    ['the answer is older than it may be', { 'cache-control': 'max-age=600', age: '601' }, 60],
    ['the answer has an age alone', { age: '100' }, 300],
    ['it may not be stored', { 'cache-control': 'no-store' }, 60],
    ['it may not be stored, whatever else', { 'cache-control': 'no-store, max-age=600' }, 60],
    ['it may not be used unasked', { 'cache-control': 'no-cache' }, 60],
    ['max-age is below the bound', { 'cache-control': 'max-age=1' }, 60],
    ['max-age is zero', { 'cache-control': 'max-age=0' }, 60],
    ['max-age is above the bound', { 'cache-control': 'max-age=86400' }, 3600],
    ['max-age is as large as numbers get', { 'cache-control': 'max-age=2147483648' }, 3600],
    ['max-age is none', { 'cache-control': 'max-age=long' }, 300],
    ['max-age is negative', { 'cache-control': 'max-age=-5' }, 300],
    ['max-age has no value', { 'cache-control': 'max-age' }, 300],
    ['max-age is larger than any number that counts', { 'cache-control': 'max-age=99999999999999' }, 3600],
    ['it says max-age twice: the first counts', { 'cache-control': 'max-age=60, max-age=3600' }, 60],
    ['it says max-age twice, the longer first', { 'cache-control': 'max-age=3600, max-age=60' }, 3600],
    ['it says max-age twice, in capitals', { 'cache-control': 'max-age=600, Max-Age=60' }, 600],
    ['the first max-age is none', { 'cache-control': 'max-age=long, max-age=600' }, 300],
    [
      'max-age stands in the value of another directive',
      { 'cache-control': 'private="a, max-age=60", max-age=600' },
      600,
    ],
    ['a quoted value does not end', { 'cache-control': 'max-age=600, private="a, max-age=60' }, 600],
    ['there is a space around the equals sign', { 'cache-control': 'max-age = 600' }, 600],
    ['there are directives without a name', { 'cache-control': ', =5,, max-age=600 ,' }, 600],
    ['the age is there twice: the first counts', { 'cache-control': 'max-age=600', age: '100, 200' }, 500],
    ['it expires twice', { expires: `${later(600)}, ${later(900)}` }, 60],
    ['it says when it expires', { expires: later(600) }, 600],
    ['it says when it expires, by its own clock', { date: later(-1000), expires: later(-400) }, 600],
    ['it says when it expires, and has an age', { expires: later(600), age: '100' }, 500],
    ['it expired', { expires: later(-600) }, 60],
    ['it expires at no date', { expires: '0' }, 60],
    ['it expires at no date, and says max-age', { expires: '-1', 'cache-control': 'max-age=600' }, 600],
    ['max-age goes before the date', { expires: later(900), 'cache-control': 'max-age=600' }, 600],
  ])('where %s', (_, headers, seconds) => {
    expect(lifetime(headers)).toBe(seconds)
  })

  it('goes by the bounds that were given', () => {
    const rules = { minCacheTtl: 10_000, maxCacheTtl: 20_000 }
    expect([0, 15, 100].map((age) => lifetime({ 'cache-control': `max-age=${age}` }, rules))).toEqual([10, 15, 20])
  })

  it.each([1, 2000, 100 * hour])('is what the application says, and the bounds do not touch it: %p ms', (cacheTtl) => {
    for (const value of ['no-store', 'max-age=600', '']) {
      expect(lifetime({ 'cache-control': value }, { cacheTtl })).toBe(cacheTtl / 1000)
    }
  })
})

describe('a 304', () => {
  it.each<[string, Record<string, string>, number | undefined, number]>([
    ['that declares nothing keeps the stored lifetime', {}, 60, 60],
    ['that says nothing of a lifetime keeps the stored one', { 'cache-control': 'public' }, 900, 900],
    ['that declares nothing keeps the stored lifetime, less its own age', { age: '100' }, 900, 800],
    ['that declares a lifetime replaces the stored one', { 'cache-control': 'max-age=120' }, 900, 120],
    ['that may not be stored replaces the stored lifetime', { 'cache-control': 'no-cache' }, 900, 60],
    ['that says when it expires replaces the stored lifetime', { expires: later(120) }, 900, 120],
    ['goes by the default where nothing was ever declared', {}, undefined, 300],
  ])('%s', (_, headers, stored, seconds) => {
    const inMilliseconds = stored === undefined ? undefined : stored * 1000
    expect(freshnessLifetime(new Headers(headers), bounds, now, inMilliseconds) / 1000).toBe(seconds)
  })
})

describe('when a server wants to be asked again', () => {
  it.each<[string, string | undefined, number | undefined]>([
    ['in seconds', '120', 120],
    ['at once', '0', 0],
    ['at a time', later(90), 90],
    ['at a time that has passed', later(-90), 0],
    ['in seconds, twice', '120, 60', 120],
    ['nowhere', undefined, undefined],
    ['in words', 'soon', undefined],
    ['empty', '', undefined],
  ])('is told %s', (_, value, seconds) => {
    const delay = retryAfterOf(new Headers(value === undefined ? {} : { 'retry-after': value }), now)
    expect(delay).toBe(seconds === undefined ? undefined : seconds * 1000)
  })

  it('is not told by a fraction or a negative number', () => {
    for (const value of ['1.5', '-5']) {
      const delay = retryAfterOf(new Headers({ 'retry-after': value }), now)
      expect(delay ?? 0).toBe(0)
    }
  })
})
