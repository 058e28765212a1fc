import { join } from 'node:path'
import { source } from '../../support/bundle.ts'
import { runApart } from '../../support/own-process.ts'

interface Second {
  /** How many junk tokens, and how many good ones, the issuer was asked about. */
  readonly asked: { readonly junk: number; readonly good: number }
  readonly outcomes: Readonly<Record<string, number>>
  /** The outcomes of the good tokens, after the junk. */
  readonly good: Readonly<Record<string, number>>
  readonly remembered: { readonly active: number; readonly refused: number }
}

interface Flood {
  readonly seconds: readonly Second[]
  /** Bytes in use after the first half and after the second. */
  readonly heap: readonly [number, number]
  readonly burst: Second
  /** A good token whose answer is too old, and one that is new, while the budget is used up. */
  readonly due: { readonly known: object; readonly unknown: object }
  readonly warnings: readonly string[]
}

describe('a flood of 100,000 junk tokens in twenty seconds', () => {
  let flood: Flood

  beforeAll(async () => {
    flood = (await runApart(program, ['--expose-gc'])) as Flood
  })

  it('costs the issuer what the budget allows: five seconds of it at once, and then 100 requests per second', () => {
    const expected = Array.from({ length: 20 }, (_, second) => (second === 0 ? 500 : 100))
    expect(flood.seconds.map(({ asked }) => asked.junk)).toEqual(expected)
  })

  it('is refused as far as the issuer was asked, and otherwise answered with 503', () => {
    for (const { asked, outcomes } of flood.seconds)
      expect(outcomes).toEqual({ token_inactive: asked.junk, introspection_unavailable: 5000 - asked.junk })
  })

  it('pushes out no good token, and none of them is asked about again', () => {
    for (const { asked, good, remembered } of flood.seconds)
      expect([asked.good, good, remembered.active]).toEqual([0, { passes: 500 }, 500])
  })

  it('fills a cache of bounded size, and leaves nothing else in memory', () => {
    expect(flood.seconds.map(({ remembered }) => remembered.refused)).toEqual(
      Array.from({ length: 20 }, (_, second) => Math.min(1000, 500 + 100 * second)),
    )
    const [before, after] = flood.heap
    // With 30 bytes for each of 50,000 tokens, it would be more.
    expect(after - before).toBeLessThan(1_500_000)
  })

  it('costs no more if the tokens come at the same moment', () => {
    const { asked, outcomes, remembered } = flood.burst
    expect(asked.junk).toBe(500)
    expect(outcomes).toEqual({ token_inactive: 500, introspection_unavailable: 4500 })
    expect(remembered).toEqual({ active: 500, refused: 1000 })
  })

  it('does not prevent that the issuer is asked again about a token that was active', () => {
    expect(flood.due).toEqual({ known: { passes: 1 }, unknown: { introspection_unavailable: 1 } })
  })

  it('causes no warning of Node', () => {
    expect(flood.warnings).toEqual([])
  })
})

const program = `
import { IntrospectionClient, TokenVerifier } from ${JSON.stringify(join(source, 'index.ts'))}

const [issuer, audience] = ['https://issuer.example.com', 'https://api.example.com']
const warnings = []
process.on('warning', ({ name }) => warnings.push(name))

let now = 1_800_000_000_000
const clock = { now: () => now }
const asked = { junk: 0, good: 0 }

async function fetch(_, { body }) {
  const isGood = new URLSearchParams(body).get('token').startsWith('good')
  asked[isGood ? 'good' : 'junk'] += 1
  return Response.json(isGood ? { active: true, aud: audience } : { active: false })
}

const client = new IntrospectionClient({
  issuer,
  endpoint: issuer + '/introspect',
  clientId: 'orders',
  clientSecret: 'secret',
  cacheTtl: '1h',
  maxTokens: 1000,
  maxRefusalsPerSecond: 100,
  fetch,
  clock,
})
const verifier = new TokenVerifier({ issuer, audience, introspection: client, clock })

function outcomeOf(token) {
  return verifier.verify(token).then(() => 'passes', ({ code }) => code)
}

function counted(outcomes) {
  const counts = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

async function inTurn(tokens) {
  const outcomes = []
  for (const token of tokens) outcomes.push(await outcomeOf(token))
  return counted(outcomes)
}

async function atOnce(tokens) {
  return counted(await Promise.all(tokens.map(outcomeOf)))
}

let number = 0
const junk = (count) => Array.from({ length: count }, () => 'junk-' + (number += 1))
const goodTokens = Array.from({ length: 500 }, (_, index) => 'good-' + index)

async function second(send) {
  Object.assign(asked, { junk: 0, good: 0 })
  const outcomes = await send(junk(5000))
  const good = await inTurn(goodTokens)
  return { asked: { ...asked }, outcomes, good, remembered: client.health().remembered }
}

async function heapUsed() {
  for (let pass = 0; pass < 4; pass += 1) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

await inTurn(goodTokens)
const seconds = []
const heap = []
for (let count = 0; count < 20; count += 1) {
  seconds.push(await second(inTurn))
  now += 1000
  if (count === 9 || count === 19) heap.push(await heapUsed())
}
now += 10_000
const burst = await second(atOnce)
now += 3_600_000
await inTurn(junk(1000))
const due = { known: await inTurn(['good-0']), unknown: await inTurn(['good-new']) }
// Node emits warnings in a later turn, and all of the above may run in one.
await new Promise(setImmediate)
console.log(JSON.stringify({ seconds, heap, burst, due, warnings }))
`
