import { join } from 'node:path'
import { type Clock, momentOf } from '../../../../src/clock.ts'
import { UnknownKids } from '../../../../src/keys/remote/policy/unknown-kids.ts'
import { ManualClock } from '../../../support/clock.ts'
import { source } from '../../../support/bundle.ts'
import { runApart } from '../../../support/own-process.ts'

interface Setting {
  unknown: UnknownKids
  clock: ManualClock
  /** Records that a fetch started now did not return the kid. */
  remember: (kid: string | undefined) => void
}

function setting(): Setting {
  const clock = new ManualClock()
  const unknown = new UnknownKids(clock)
  return { unknown, clock, remember: (kid) => unknown.remember(kid, momentOf(clock)) }
}

/** The number of bytes that the heap grows by for 1,000 kids of 15,000 characters. Storing them in full takes 15 MB. */
const growth = `
import { momentOf, systemClock } from ${JSON.stringify(join(source, 'clock.ts'))}
import { UnknownKids } from ${JSON.stringify(join(source, 'keys/remote/policy/unknown-kids.ts'))}

function heapUsed() {
  gc()
  return process.memoryUsage().heapUsed
}

const unknown = new UnknownKids(systemClock)
// Built from octets, as from the network: a concatenated string would share memory with its parts.
const kidOf = (number) => Buffer.from(number + 'x'.repeat(15_000)).toString('latin1')
unknown.remember(kidOf(0), momentOf(systemClock))
const before = heapUsed()
for (let number = 1; number <= 1000; number += 1) unknown.remember(kidOf(number), momentOf(systemClock))
const after = heapUsed()
console.log(unknown.mayAsk(kidOf(1000)) ? 'null' : after - before)
`

/** The number of kids that a fetch is allowed for. */
function allowed(unknown: UnknownKids, count: number, prefix = 'k'): number {
  return Array.from({ length: count }, (_, index) => unknown.mayAsk(`${prefix}${index}`)).filter(Boolean).length
}

describe('the budget for unknown kids', () => {
  it('allows two fetches in a row', () => {
    expect(allowed(setting().unknown, 50)).toBe(2)
  })

  it('allows one more fetch every ten seconds', () => {
    const { unknown, clock } = setting()
    allowed(unknown, 50)
    clock.advance(9999)
    expect(unknown.mayAsk('a')).toBe(false)
    clock.advance(1)
    expect([unknown.mayAsk('b'), unknown.mayAsk('c')]).toEqual([true, false])
  })

  it('refills while junk kids keep arriving', () => {
    const { unknown, clock } = setting()
    allowed(unknown, 50)
    let asked = 0
    for (let tick = 0; tick < 10_000; tick += 1) {
      clock.advance(10)
      if (unknown.mayAsk(`junk${tick}`)) asked += 1
    }
    expect(asked).toBeGreaterThanOrEqual(9)
    expect(asked).toBeLessThanOrEqual(10)
  })

  it('never accumulates more than two fetches', () => {
    const { unknown, clock } = setting()
    clock.advance(24 * 60 * 60_000)
    expect(allowed(unknown, 50)).toBe(2)
  })

  it('also limits tokens without a kid', () => {
    const { unknown } = setting()
    expect([undefined, undefined, undefined].map((kid) => unknown.mayAsk(kid))).toEqual([true, true, false])
  })

  it('refills even if the clock is set back', () => {
    const time = { wall: 1_800_000_000_000, monotonic: 0 }
    const clock: Clock = { now: () => time.wall, monotonic: () => time.monotonic }
    const unknown = new UnknownKids(clock)
    allowed(unknown, 50)
    time.wall -= 60 * 60_000
    time.monotonic += 10_000
    expect(unknown.mayAsk('a')).toBe(true)
  })
})

describe('a kid that a fetch did not return', () => {
  it.each([
    ['a kid', 'a'],
    ['tokens without a kid', undefined],
  ])('causes no fetch for ten seconds, and leaves the budget to others: %s', (_, kid) => {
    const { unknown, clock, remember } = setting()
    remember(kid)
    clock.advance(9999)
    expect(unknown.mayAsk(kid)).toBe(false)
    expect(allowed(unknown, 5)).toBe(2)
  })

  it('may cause a fetch again after that', () => {
    const { unknown, clock, remember } = setting()
    remember('a')
    clock.advance(10_001)
    expect(unknown.mayAsk('a')).toBe(true)
  })

  it('may cause a fetch again ten seconds after the previous fetch started, even if that was slow', () => {
    const { unknown, clock } = setting()
    const askedAt = momentOf(clock)
    clock.advance(5000)
    unknown.remember('a', askedAt)
    clock.advance(5001)
    expect(unknown.mayAsk('a')).toBe(true)
  })

  it('causes only one fetch in ten seconds, even if it arrives continuously', () => {
    const { unknown, clock, remember } = setting()
    let asked = 0
    for (let second = 0; second < 600; second += 1) {
      for (let token = 0; token < 10; token += 1) {
        if (!unknown.mayAsk('a')) continue
        asked += 1
        remember('a')
      }
      clock.advance(1000)
    }
    expect(asked).toBeLessThanOrEqual(60)
  })

  it('may cause a fetch again as soon as the set has changed', () => {
    const { unknown, remember } = setting()
    remember('a')
    unknown.forget()
    expect(unknown.mayAsk('a')).toBe(true)
  })

  it('is remembered only after a fetch', () => {
    const { unknown } = setting()
    expect([unknown.mayAsk('a'), unknown.mayAsk('a')]).toEqual([true, true])
  })

  it('is one of at most sixteen: the least recently remembered is evicted', () => {
    const { unknown, remember } = setting()
    for (let kid = 0; kid <= 16; kid += 1) remember(`k${kid}`)
    expect(unknown.mayAsk('k1')).toBe(false)
    expect(unknown.mayAsk('k16')).toBe(false)
    expect(unknown.mayAsk('k0')).toBe(true)
  })

  it.each([64, 65, 10_000])('is distinguished from others of the same length, %p characters', (length) => {
    const { unknown, remember } = setting()
    const kid = 'a'.repeat(length)
    remember(kid)
    expect(unknown.mayAsk(kid)).toBe(false)
    expect(unknown.mayAsk(`${kid.slice(1)}b`)).toBe(true)
  })

  it.each(['', 'none', '__proto__', 'constructor', '\u0000', '\uD800', 'é'])('may have any name: %j', (kid) => {
    const { unknown, remember } = setting()
    expect(unknown.mayAsk(kid)).toBe(true)
    remember(kid)
    expect([unknown.mayAsk(kid), unknown.mayAsk(undefined)]).toEqual([false, true])
  })

  it('uses little memory, even if it is long', async () => {
    expect(await runApart(growth, ['--expose-gc'])).toBeLessThan(1_000_000)
  }, 90_000)
})
