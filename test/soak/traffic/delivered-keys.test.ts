import { cacheTtl, requestTimeout } from '../deployment.ts'
import { expectationOf } from './change.ts'
import { DeliveredKeys } from './delivered-keys.ts'

const settings = { staleIfError: 20_000, noticedWithin: 1000 }
const lifetime = cacheTtl + settings.staleIfError
const start = 1_800_000_000_000
const unknown = '401 key_unknown'
const unavailable = '503 key_source_unavailable'

interface Delivery {
  readonly at: number
  readonly kids: readonly string[]
}

/** The answers that are right for a request that takes ten milliseconds. */
function rightAt(at: number, deliveries: readonly Delivery[], takes = 10): readonly string[] {
  const keys = new DeliveredKeys(settings)
  for (const { at: deliveredAt, kids } of deliveries) keys.deliver(new Set(kids), start + deliveredAt)
  const flight = { sentAt: start + at, answeredAt: start + at + takes }
  return expectationOf(keys.obstacles('a'), flight).right
}

const once = [{ at: 0, kids: ['a'] }]
const removed = [...once, { at: 3000, kids: ['b'] }]
const confirmed = [...once, { at: 10_000, kids: ['a'] }]
const afterOutage = [...once, { at: 60_000, kids: ['a'] }]

it.each<[string, number, readonly Delivery[], readonly string[]]>([
  ['never delivered', 5000, [{ at: 0, kids: ['b'] }], [unknown]],
  ['delivered a moment ago', 500, once, ['200', unknown, unavailable]],
  ['delivered', 2000, once, ['200']],
  ['removed a moment ago', 3500, removed, ['200', unknown]],
  ['removed', 4500, removed, [unknown]],
  ['confirmed', lifetime + 5000, confirmed, ['200']],
  ['about to become too old', lifetime - requestTimeout, once, ['200', unavailable]],
  ['too old', lifetime + 1500, once, [unavailable]],
  ['too old until now', 60_500, afterOutage, ['200', unavailable]],
  ['too old in the past', 62_000, afterOutage, ['200']],
])('a key that is %s', (_, at, deliveries, right) => {
  expect(rightAt(at, deliveries)).toEqual(right)
})

it('a key that is delivered while a request waits for it', () => {
  expect(
    rightAt(
      2000,
      [
        { at: 0, kids: ['b'] },
        { at: 2500, kids: ['a', 'b'] },
      ],
      1000,
    ),
  ).toEqual(['200', unknown])
})
