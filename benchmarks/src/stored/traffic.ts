import { setTimeout } from 'node:timers/promises'
import type { Figure, Outcome } from '../figure.ts'
import type { Scale } from '../scale.ts'
import { Fleet, type Traffic } from './fleet.ts'
import { startRedis } from './redis-server.ts'

const changes = 10
const manyInstances = 10
/** The tolerance for "the same": a poll more or less in the measured time. */
const noise = 1.25

const kinds = ['bytes', 'commands'] as const

interface Usage {
  readonly fleet: Fleet
  readonly perIdleMinute: Traffic
  readonly perChange: Traffic
}

/** What stored keys send to Redis and get from it, by the number of keys and of instances. */
export async function measure({ keyCounts, idleSeconds }: Scale): Promise<Outcome> {
  await using redis = await startRedis()
  const most = keyCounts.at(-1) ?? 0
  const sizes = [...keyCounts.map((keys) => ({ keys, instances: 1 })), { keys: most, instances: manyInstances }]
  const fleets: Fleet[] = []
  try {
    for (const size of sizes) fleets.push(await Fleet.start(redis, size))
    const idle = await idleTraffic(fleets, idleSeconds)
    const usages: Usage[] = []
    for (const [index, fleet] of fleets.entries()) {
      const perIdleMinute = idle[index] as Traffic
      usages.push({ fleet, perIdleMinute, perChange: await changeTraffic(fleet, perIdleMinute) })
    }
    return { figures: figuresOf(usages), notMeasured: [] }
  } finally {
    for (const fleet of fleets) await fleet.close()
  }
}

/** Of a minute in which nothing changes. All fleets are measured at the same time. */
async function idleTraffic(fleets: readonly Fleet[], seconds: number): Promise<Traffic[]> {
  for (const fleet of fleets) fleet.resetTraffic()
  await setTimeout(seconds * 1000)
  return fleets.map(({ traffic }) => scaled(traffic, 60 / seconds))
}

/** Of one new key, until all instances have it. What idle instances send meanwhile does not count. */
async function changeTraffic(fleet: Fleet, perIdleMinute: Traffic): Promise<Traffic> {
  const start = performance.now()
  fleet.resetTraffic()
  for (let change = 0; change < changes; change += 1) await fleet.change(`new-${change}`)
  const { bytes, commands } = fleet.traffic
  const minutes = (performance.now() - start) / 60_000
  return scaled(
    { bytes: bytes - minutes * perIdleMinute.bytes, commands: commands - minutes * perIdleMinute.commands },
    1 / changes,
  )
}

function scaled({ bytes, commands }: Traffic, factor: number): Traffic {
  return { bytes: bytes * factor, commands: commands * factor }
}

function figuresOf(usages: readonly Usage[]): Figure[] {
  const [fewest, ...more] = usages.filter(({ fleet }) => fleet.instances === 1)
  const many = usages.find(({ fleet }) => fleet.instances === manyInstances)
  const largest = more.at(-1)
  if (fewest === undefined || many === undefined || largest === undefined) return []
  return [
    ...more.flatMap((usage) => comparison(usage, fewest, keysOf, { atMost: noise })),
    ...comparison(many, largest, instancesOf, { atMost: noise * manyInstances }),
  ]
}

function comparison(
  usage: Usage,
  beside: Usage,
  nameOf: (fleet: Fleet) => string,
  target: Figure['target'] & object,
): Figure[] {
  return (['perChange', 'perIdleMinute'] as const).flatMap((when) =>
    kinds.map((kind) => ({
      name: `Redis, ${kind} per ${when === 'perChange' ? 'change' : 'idle minute'}`,
      unit: kind,
      subject: { who: nameOf(usage.fleet), value: usage[when][kind] },
      relativeTo: { who: nameOf(beside.fleet), value: beside[when][kind] },
      target,
    })),
  )
}

function keysOf({ keys }: Fleet): string {
  return `${keys.toLocaleString('en')} keys`
}

function instancesOf({ instances, keys }: Fleet): string {
  return `${instances} ${instances === 1 ? 'instance' : 'instances'}, ${keys.toLocaleString('en')} keys`
}
