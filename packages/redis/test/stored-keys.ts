import { type RedisClient, Script, scriptTargetOf } from '../src/client.ts'

/** The keys of a store, by the hash tag that they begin with. */
export function keysOf(base: string): string[] {
  return ['records', 'changes', 'lineage', 'endings'].map((part) => base + part)
}

/** What an eviction does, or somebody who cleans up. */
export async function removeKeys(client: RedisClient, keys: readonly string[]): Promise<void> {
  await run(client, "redis.call('DEL', unpack(KEYS)) return {}", keys)
}

/** Runs commands in a script, over any client. The script answers a list. */
export async function run(client: RedisClient, script: string, keys: readonly string[] = []): Promise<string[]> {
  const target = scriptTargetOf(client)
  if (target === undefined) throw new Error('that is no client')
  return target.evaluate(new Script(script), keys, [])
}
