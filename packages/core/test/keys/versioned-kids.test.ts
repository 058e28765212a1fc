import { publishedKid, VersionedKids } from '../../src/keys/versioned-kids.ts'

function kids(...published: string[]): VersionedKids<string> {
  const all = new VersionedKids<string>()
  for (const one of published) all.set(one, `<${one}>`)
  return all
}

describe('a published kid', () => {
  it('is the kid, a dot, and the version', () => {
    expect(publishedKid('orders', 3)).toBe('orders.3')
  })
})

describe('looking up a kid', () => {
  it.each<[string, string[], string, number | undefined, string | undefined]>([
    ['with a version finds kid.version', ['orders.1', 'orders.2'], 'orders', 1, 'orders.1'],
    ['with a version prefers kid.version to the kid as it is', ['orders', 'orders.1'], 'orders', 1, 'orders.1'],
    ['with a version falls back on the kid as it is', ['orders', 'orders.1'], 'orders', 2, 'orders'],
    ['with a version that is missing finds no other version', ['orders.1', 'orders.3'], 'orders', 2, undefined],
    ['without a version finds the kid as it is', ['orders', 'orders.1'], 'orders', undefined, 'orders'],
    ['without a version finds the highest', ['orders.1', 'orders.2'], 'orders', undefined, 'orders.2'],
    ['compares versions as numbers', ['orders.9', 'orders.10', 'orders.2'], 'orders', undefined, 'orders.10'],
    ['finds a published kid as it is', ['orders.1', 'orders.2'], 'orders.1', undefined, 'orders.1'],
    ['takes a suffix that is no number as part of the kid', ['orders.blue'], 'orders', undefined, undefined],
    ['finds a kid with such a suffix as it is', ['orders.blue'], 'orders.blue', undefined, 'orders.blue'],
    ['finds a version of a kid with such a suffix', ['orders.blue.2'], 'orders.blue', undefined, 'orders.blue.2'],
    ['takes a leading zero as part of the kid', ['orders.01'], 'orders', undefined, undefined],
    ['takes version zero as part of the kid', ['orders.0'], 'orders', undefined, undefined],
    ['takes a sign as part of the kid', ['orders.-1', 'orders.+1'], 'orders', undefined, undefined],
    ['takes an exponent as part of the kid', ['orders.1e3'], 'orders', undefined, undefined],
    ['takes foreign digits as part of the kid', ['orders.٣'], 'orders', undefined, undefined],
    [
      'takes a number beyond exactness as part of the kid',
      ['orders.99999999999999999'],
      'orders',
      undefined,
      undefined,
    ],
    ['reads the last number only', ['orders.1.2'], 'orders.1', undefined, 'orders.1.2'],
    ['reads the last number only, from the front', ['orders.1.2'], 'orders', undefined, undefined],
    ['is case-sensitive', ['Orders.1'], 'orders', undefined, undefined],
    ['finds a kid that is only a version', ['.1'], '.1', undefined, '.1'],
    ['finds nothing among none', [], 'orders', undefined, undefined],
    ['does not find the members of every object', [], '__proto__', undefined, undefined],
  ])('%s', (_, published, kid, version, found) => {
    expect(kids(...published).lookUp(kid, version)).toBe(found && `<${found}>`)
  })
})

describe('the versions of a kid', () => {
  it('ascend as numbers', () => {
    expect(kids('orders.10', 'orders.9', 'orders.1', 'orders', 'orders.x', 'others.5').versions('orders')).toEqual([
      1, 9, 10,
    ])
  })

  it('are none for a kid that is not known', () => {
    expect(kids('orders.1').versions('others')).toEqual([])
  })

  it('are counted once when a key is replaced', () => {
    const all = kids('orders.1', 'orders.1')
    all.set('orders.1', 'another')
    expect(all.versions('orders')).toEqual([1])
    expect(all.get('orders.1')).toBe('another')
    expect([...all.values()]).toEqual(['another'])
  })

  it('cannot be altered from outside', () => {
    const all = kids('orders.1')
    all.versions('orders').push(2)
    expect(all.versions('orders')).toEqual([1])
  })
})
