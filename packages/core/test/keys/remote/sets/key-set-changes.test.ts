import { calculateJwkThumbprint, type JWK } from 'jose'
import { KeySet } from '../../../../src/keys/remote/sets/key-set.ts'
import { changesBetween } from '../../../../src/keys/remote/sets/key-set-changes.ts'
import { ecPair, rsaPair } from '../../../support/foreign-issuer.ts'

const a: JWK = { ...ecPair().publicJwk, kid: 'a' }
const b: JWK = { ...ecPair().publicJwk, kid: 'b' }
const c: JWK = { ...ecPair().publicJwk, kid: 'c' }
const rsa: JWK = { ...rsaPair().publicJwk, kid: 'rsa' }

async function changes(former: JWK[] | undefined, current: JWK[]): Promise<Record<string, (string | undefined)[]>> {
  const read = (keys: JWK[]): Promise<KeySet> => KeySet.read({ keys }, 'https://x.example')
  const found = changesBetween(former && (await read(former)), await read(current))
  const kids = Object.entries(found).map(([change, keys]) => [
    change,
    (keys as { kid: string | undefined }[]).map(({ kid }) => kid),
  ])
  return Object.fromEntries(kids) as Record<string, (string | undefined)[]>
}

function nameless(jwk: JWK): JWK {
  const { kid, ...rest } = jwk
  return kid === undefined ? jwk : rest
}

const none = { keyAdded: [], keyRemoved: [], keyChanged: [] }

describe('the changes in a new set', () => {
  it.each<[string, JWK[] | undefined, JWK[], object]>([
    ['the first set: every key is added', undefined, [a, b], { keyAdded: ['a', 'b'] }],
    ['the same set: no change', [a, b], [a, b], {}],
    ['another order: no change', [a, b], [b, a], {}],
    ['duplicates: no change', [a], [a, a], {}],
    ['unknown members: no change', [a], [{ ...a, x5t: 'x' }], {}],
    ['one more key', [a], [a, b], { keyAdded: ['b'] }],
    ['one key less', [a, b], [a], { keyRemoved: ['b'] }],
    ['one key instead of another', [a], [b], { keyAdded: ['b'], keyRemoved: ['a'] }],
    [
      'new material under the kid: changed, neither added nor removed',
      [a],
      [{ ...b, kid: 'a' }],
      { keyChanged: ['a'] },
    ],
    [
      'two keys that swap kids',
      [a, b],
      [
        { ...a, kid: 'b' },
        { ...b, kid: 'a' },
      ],
      { keyChanged: ['b', 'a'] },
    ],
    ['a second key under the kid', [a], [a, { ...b, kid: 'a' }], { keyAdded: ['a'] }],
    ['the second key under the kid removed', [a, { ...b, kid: 'a' }], [a], { keyRemoved: ['a'] }],
    ['all at once', [a, b], [a, { ...c, kid: 'b' }, c], { keyAdded: ['c'], keyChanged: ['b'] }],
    ['new material without a kid', [nameless(a)], [nameless(b)], { keyAdded: [undefined], keyRemoved: [undefined] }],
    ['the same material with an explicit `alg`: no change', [rsa], [{ ...rsa, alg: 'RS256' }], { keyChanged: [] }],
  ])('%s', async (_, former, current, expected) => {
    expect(await changes(former, current)).toMatchObject({ ...none, ...expected })
  })

  it('contain only kid, algorithm and RFC 7638 thumbprint', async () => {
    const { keyAdded } = changesBetween(undefined, await KeySet.read({ keys: [a] }, 'https://x.example'))
    expect(keyAdded).toEqual([{ kid: 'a', alg: 'ES256', thumbprint: await calculateJwkThumbprint(a) }])
  })
})
