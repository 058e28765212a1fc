import { toMilliseconds } from '../../src/configuration/duration.ts'

describe('toMilliseconds', () => {
  it.each([
    [0, 0],
    [1, 1000],
    [0.5, 500],
    [86_400, 86_400_000],
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
  ])('converts %p to %p', (duration, milliseconds) => {
    expect(toMilliseconds(duration)).toBe(milliseconds)
  })

  it.each([
    ['a negative number', -1],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a number whose milliseconds are infinite', 1e306],
    ['a string whose milliseconds are infinite', `${'9'.repeat(400)}d`],
    ['an empty string', ''],
    ['a number without a unit', '5'],
    ['a unit without a number', 's'],
    ['a space before the unit', '5 m'],
    ['a leading space', ' 5m'],
    ['a trailing space', '5m '],
    ['a trailing line break', '5m\n'],
    ['a unit in upper case', '5M'],
    ['a negative amount', '-5m'],
    ['an exponent', '1e3s'],
    ['an unknown unit', '5w'],
    ['two units', '1h30m'],
    ['no digit before the point', '.5s'],
    ['no digit after the point', '5.s'],
    ['non-ASCII digits', '٥s'],
    ['null', null],
    ['undefined', undefined],
    ['a boolean', true],
    ['a bigint', 5n],
    ['an array', ['5m']],
    ['an object', { minutes: 5 }],
  ])('returns undefined for %s', (_, duration) => {
    expect(toMilliseconds(duration)).toBeUndefined()
  })
})
