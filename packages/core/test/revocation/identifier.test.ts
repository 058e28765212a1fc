import { digestOf, fastHash, type Identifier, markOf } from '../../src/revocation/identifier.ts'
import { always, entryIn, recordIdOf } from '../../src/revocation/revocation-record.ts'

const iss = 'https://issuer.example.com'

// Instances with different versions of this package share a store.
it.each<[Identifier, string, number]>([
  [{ kind: 'jti', value: 'token-1', iss: undefined }, 'uKIJHeNrcyp_fujVWuMq7g', 1_086_162_026],
  [{ kind: 'sub', value: 'user-1', iss }, 'yVf4sTdMlhXxBKSIRR6q1A', 613_799_565],
  [{ kind: 'sid', value: '', iss: '' }, 'jehF9yzRnxPQ5FP4TAycMA', -1_704_419_427],
  [{ kind: 'client_id', value: '用户', iss: undefined }, 'ENofIxVv33HQDUvswdBO_A', -521_072_022],
])('the stored form of %p stays the same', (identifier, digest, mark) => {
  expect([digestOf(identifier), markOf(identifier)]).toEqual([digest, mark])
})

it('identifiers that differ in anything have different digests', () => {
  const identifiers: Identifier[] = [
    { kind: 'jti', value: 'a', iss: undefined },
    { kind: 'sid', value: 'a', iss: undefined },
    { kind: 'jti', value: 'a', iss: '' },
    { kind: 'jti', value: 'a', iss: 'null' },
    { kind: 'jti', value: '', iss: 'a' },
    { kind: 'jti', value: 'a","b', iss: undefined },
  ]
  expect(new Set(identifiers.map(digestOf)).size).toBe(identifiers.length)
})

it('marks of a hundred thousand similar identifiers hardly collide', () => {
  const marks = new Set<number>()
  for (let number = 0; number < 100_000; number += 1) marks.add(markOf({ kind: 'sub', value: `user-${number}`, iss }))
  // About one pair is expected.
  expect(marks.size).toBeGreaterThan(99_980)
  expect(new Set([...marks].map((mark) => mark & 0xffff)).size).toBeGreaterThan(50_000)
})

it('hashes whole numbers of 32 bits', () => {
  for (const text of ['', 'a', 'é', '\u{1f600}', 'x'.repeat(10_000)]) expect(fastHash(text) | 0).toBe(fastHash(text))
})

it('a record id contains the whole entry', () => {
  const entry = {
    kind: 'sub',
    isForOneIssuer: true,
    digest: digestOf({ kind: 'sub', value: 'user-1', iss }),
    mark: -2,
    issuedUntil: 1_800_000_000,
    until: always,
  } as const
  const id = recordIdOf(entry)
  expect(id).toMatch(/^revoked:[\w-]{39}$/)
  expect(entryIn(id)).toEqual(entry)
  expect(entryIn('key:orders.1')).toBeUndefined()
})
