import type { Outcome } from '../figure.ts'
import { connections, load } from '../http/load.ts'
import { TokenStripes } from '../http/token-stripes.ts'
import { interleaved } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { median } from '../statistics.ts'
import { type KeysOfServer, startServer, type TokenServer } from './token-server.ts'

const kinds: readonly KeysOfServer[] = ['StoredKeyProvider', 'LocalKeyProvider']

/** Repeated tokens in Express with stored keys, compared with local keys. Counts the processor's time of the server. */
export async function measure(scale: Scale): Promise<Outcome> {
  const samples = new Map<string, number[]>(kinds.map((kind) => [kind, []]))
  for (let heat = 0; heat < scale.heats; heat += 1) {
    for (const [kind, rates] of await heatOf(scale)) samples.get(kind)?.push(...rates)
  }
  const [subject, relativeTo] = kinds.map((who) => ({ who, value: median(samples.get(who) ?? []) }))
  if (subject === undefined || relativeTo === undefined) throw new Error('nothing was measured')
  const name = 'Express, repeated tokens'
  return {
    figures: [{ name, unit: 'req per CPU second', subject, relativeTo, target: { atLeast: 0.95 } }],
    notMeasured: [],
  }
}

async function heatOf({ warmUp, loadTurn, loadRounds }: Scale): Promise<Map<string, number[]>> {
  const servers = await Promise.all(kinds.map((kind) => startServer(kind)))
  try {
    const contestants = servers.map((server) => {
      const stripes = new TokenStripes(server.tokens, connections)
      return { name: server.kind, sample: () => requestsPerCpuSecond(server, stripes, loadTurn), stripes, server }
    })
    for (const { server, stripes } of contestants) await load(server.url, stripes, warmUp)
    return await interleaved(contestants, loadRounds)
  } finally {
    for (const server of servers) server.stop()
  }
}

async function requestsPerCpuSecond(server: TokenServer, stripes: TokenStripes, turn: number): Promise<number> {
  const before = await server.cpuTime()
  const { requests } = await load(server.url, stripes, turn)
  return (requests / ((await server.cpuTime()) - before)) * 1000
}
