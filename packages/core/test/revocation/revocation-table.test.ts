import { always, type RevocationEntry } from '../../src/revocation/revocation-record.ts'
import { RevocationTable } from '../../src/revocation/revocation-table.ts'

function digest(number: number): string {
  return Buffer.alloc(16, `${number}`.padStart(16)).toString('base64url')
}

function entry(number: number, others: Partial<RevocationEntry> = {}): RevocationEntry {
  const mark = Math.imul(number, 0x9e3779b1)
  return {
    kind: 'jti',
    isForOneIssuer: false,
    digest: digest(number),
    mark,
    issuedUntil: always,
    until: 100,
    ...others,
  }
}

function tableWith(count: number, others: (number: number) => Partial<RevocationEntry> = () => ({})): RevocationTable {
  const table = new RevocationTable(1_000_000)
  for (let number = 0; number < count; number += 1) table.add(entry(number, others(number)), 1, 0)
  return table
}

it.each([1, 256, 257, 5000])('finds each of %p entries, and nothing else', (count) => {
  const table = tableWith(count)
  expect(table.size).toBe(count)
  for (let number = 0; number < count; number += 1) {
    const one = entry(number)
    expect(table.hasMark(one.mark)).toBe(true)
    expect(table.get(one.mark, one.digest)).toEqual(one)
  }
  const missing = Array.from({ length: 1000 }, (_, index) => entry(count + index))
  for (const { mark, digest: other } of missing) {
    expect(table.hasMark(mark)).toBe(false)
    expect(table.get(mark, other)).toBeUndefined()
  }
})

it('tells entries with the same mark apart', () => {
  const table = tableWith(300, () => ({ mark: 7 }))
  expect(table.size).toBe(300)
  expect(table.get(7, digest(299))).toEqual(entry(299, { mark: 7 }))
  expect(table.get(7, digest(300))).toBeUndefined()
})

it('keeps all members of an entry', () => {
  for (const kind of ['jti', 'sid', 'sub', 'client_id'] as const) {
    for (const isForOneIssuer of [true, false]) {
      const one = entry(1, { kind, isForOneIssuer, mark: -1, issuedUntil: 4_000_000_000, until: 4_294_967_295 })
      const table = new RevocationTable(10)
      table.add(one, 1, 0)
      expect(table.get(one.mark, one.digest)).toEqual(one)
      expect([...table.entries(0)]).toEqual([one])
    }
  }
})

it('extends an entry, and says what was news', () => {
  const table = new RevocationTable(10)
  const add = (issuedUntil: number, until: number): string => table.add(entry(1, { issuedUntil, until }), 1, 0)
  expect([add(5, 50), add(5, 50), add(4, 49), add(6, 40), add(1, 60)]).toEqual([
    'new',
    'known',
    'known',
    'extended',
    'extended',
  ])
  expect(table.get(entry(1).mark, digest(1))).toMatchObject({ issuedUntil: 6, until: 60 })
})

it('removes what has ended when it needs room, or when there is much of it, and finds the rest', () => {
  const table = tableWith(2000, (number) => ({ until: number % 2 === 0 ? 10 : 100 }))
  table.dropEnded(9)
  expect(table.size).toBe(2000)
  table.dropEnded(10)
  expect(table.size).toBe(1000)
  for (let number = 0; number < 2000; number += 1) {
    const { mark, digest: one } = entry(number)
    expect(table.get(mark, one) !== undefined).toBe(number % 2 === 1)
  }
  table.dropEnded(100)
  expect(table.size).toBe(0)
  expect(table.hasGroup(0)).toBe(false)
})

it('does not rebuild for a few that have ended', () => {
  const table = tableWith(1000, (number) => ({ until: number < 10 ? 10 : 100 }))
  table.dropEnded(50)
  expect(table.size).toBe(1000)
  expect([...table.entries(50)]).toHaveLength(990)
})

it('takes no more than it may hold, and never drops an entry that has not ended', () => {
  const table = new RevocationTable(300)
  const outcomes = Array.from({ length: 301 }, (_, number) => table.add(entry(number, { until: 50 + number }), 1, 0))
  expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(300)
  expect(outcomes.at(-1)).toBe('full')
  expect([table.isFull(0), table.isFull(50)]).toEqual([true, false])
  expect(table.add(entry(301), 1, 50)).toBe('new')
  expect(table.add(entry(302), 1, 50)).toBe('full')
  expect(table.add(entry(5), 1, 50)).toMatch('extended')
})

it('knows which entries a read has not shown', () => {
  const table = tableWith(3)
  table.add(entry(1), 2, 0)
  expect(new Set([...table.lastSeenBefore(2, 0)].map((one) => one.digest))).toEqual(new Set([digest(0), digest(2)]))
  expect([table.countLastSeenBefore(1, 0), table.countLastSeenBefore(2, 0), table.countLastSeenBefore(2, 100)]).toEqual(
    [0, 2, 0],
  )
  const { mark } = entry(1)
  table.lose(mark, digest(1))
  expect(table.countLastSeenBefore(1, 0)).toBe(1)
})
