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

describe('nearestName', () => {
  it.each([
    ['in another case', 'cachettl', 'cacheTtl'],
    ['with a missing letter', 'audince', 'audience'],
    ['with an extra letter', 'isssuer', 'issuer'],
    ['with a wrong letter', 'jwksUri', 'jwksUrl'],
    ['with two letters swapped', 'isuser', 'issuer'],
    ['in snake case', 'jwks_url', 'jwksUrl'],
    ['in the plural', 'audiences', 'audience'],
    ['with two mistakes in eight letters', 'cachTttl', 'cacheTtl'],
    ['with two near candidates', 'issuerz', 'issuer'],
    ['with a nearer candidate later in the list', 'maxCacheTl', 'maxCacheTtl'],
    ['that is short', 'mod', 'mode'],
    ['that is short, with swapped letters', 'clcok', 'clock'],
  ])('finds the known name for a name %s: %s', (_, unknown, nearest) => {
    expect(nearestName(unknown, known)).toBe(nearest)
  })

  it.each(['leeway', 'secret', 'a', '', 'ssl', 'aud', 'jwksRequestsPerMinute', '__proto__', 'x'.repeat(1_000_000)])(
    'returns undefined if no name is near: %.20s',
    (unknown) => {
      expect(nearestName(unknown, known)).toBeUndefined()
    },
  )

  it('returns undefined if there are no known names', () => {
    expect(nearestName('issuer', [])).toBeUndefined()
  })
})
