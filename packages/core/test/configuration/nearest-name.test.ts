import { nearestName } from '../../src/configuration/nearest-name.ts'

const known = [
  'issuer',
  'issuers',
  'audience',
  'jwksUrl',
  'cacheTtl',
  'minCacheTtl',
  'maxCacheTtl',
  'maxKeys',
  'mode',
  'clock',
]

describe('the nearest name', () => {
  it.each([
    ['in another case', 'cachettl', 'cacheTtl'],
    ['with a letter too few', 'audince', 'audience'],
    ['with a letter too many', 'isssuer', 'issuer'],
    ['with another letter', 'jwksUri', 'jwksUrl'],
    ['with two letters swapped', 'isuser', 'issuer'],
    ['with words written apart', 'jwks_url', 'jwksUrl'],
    ['in the plural', 'audiences', 'audience'],
    ['with two faults in nine letters', 'cachTttl', 'cacheTtl'],
    ['that is nearer than another', 'issuerz', 'issuer'],
    ['that is nearer, although it comes later', 'maxCacheTl', 'maxCacheTtl'],
    ['of few letters', 'mod', 'mode'],
    ['of few letters, swapped', 'clcok', 'clock'],
  ])('is found for one %s: %s', (_, unknown, nearest) => {
    expect(nearestName(unknown, known)).toBe(nearest)
  })

  it.each(['leeway', 'secret', 'a', '', 'ssl', 'aud', 'jwksRequestsPerMinute', '__proto__', 'x'.repeat(1_000_000)])(
    'is not guessed where none is near: %.20s',
    (unknown) => {
      expect(nearestName(unknown, known)).toBeUndefined()
    },
  )

  it('is none where there are no names', () => {
    expect(nearestName('issuer', [])).toBeUndefined()
  })
})
