import { LocalKeyProvider, memoryStore, StoredKeyProvider, TokenIssuer, TokenVerifier } from '@bearerkit/core'
import { cpuTime } from '../cpu-time.ts'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf, paceOfAsync, sink } from '../pace.ts'
import { paceOver } from '../process/fresh-strings.ts'
import { type Contestant, medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { countingTo } from '../tokens.ts'
import { fill, nameOfKey } from './stock.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const concurrency = 16
const distinct = 200
/** Many short turns, so that a moment in which the machine is busy counts for both sides. */
const turnsPerRound = 5

type Keys = LocalKeyProvider | StoredKeyProvider

/** What is measured of keys: a function that samples operations per CPU second. */
const operations: Readonly<Record<string, (keys: Keys, scale: Scale) => Promise<Contestant<number>['sample']>>> = {
  'tokens issued': issuing,
  'new tokens verified': verifying,
  'repeated tokens': recalling,
}

/**
 * Stored keys compared with as many local ones. The processor's time is measured, so that other programs on the machine
 * hardly count.
 */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const count of scale.keyCounts) {
    const pair = { local: await localKeys(count), stored: await storedKeys(count) }
    for (const [name, operation] of Object.entries(operations)) {
      figures.push(await compared(`${name}, ${count.toLocaleString('en')} keys`, pair, operation, scale))
    }
    await pair.stored.close()
  }
  return { figures, notMeasured: [] }
}

async function compared(
  name: string,
  { local, stored }: { readonly local: LocalKeyProvider; readonly stored: StoredKeyProvider },
  operation: (typeof operations)[string],
  scale: Scale,
): Promise<Figure> {
  const contestants = [
    { name: 'StoredKeyProvider', sample: await operation(stored, scale) },
    { name: 'LocalKeyProvider', sample: await operation(local, scale) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, scale.rounds * turnsPerRound)
  return {
    name,
    unit: 'per CPU second',
    subject: of('StoredKeyProvider'),
    relativeTo: of('LocalKeyProvider'),
    target: { atLeast: 0.95 },
  }
}

async function localKeys(count: number): Promise<LocalKeyProvider> {
  const keys = new LocalKeyProvider()
  await fill(keys, count)
  return keys
}

async function storedKeys(count: number): Promise<StoredKeyProvider> {
  const keys = await StoredKeyProvider.open({ store: memoryStore() })
  await fill(keys, count)
  return keys
}

async function issuing(keys: Keys, { turn }: Scale): Promise<() => Promise<number>> {
  const tokens = issuerOf(keys)
  return () => paceOfAsync(() => tokens.issue({ sub: 'user-1' }), turn / turnsPerRound, concurrency, cpuTime)
}

async function verifying(keys: Keys, { turnTokens }: Scale): Promise<() => Promise<number>> {
  const count = turnTokens / turnsPerRound
  const tokens = await tokensOf(keys, count)
  return async () => {
    // A new verifier for each turn, with an empty cache.
    const verifier = new TokenVerifier({ issuer, audience, keys })
    const start = cpuTime()
    await forEachOf(tokens, concurrency, (token) => verifier.verify(token))
    return (count / (cpuTime() - start)) * 1000
  }
}

/** Without a promise, as in the adapters. */
async function recalling(keys: Keys, { turn }: Scale): Promise<() => Promise<number>> {
  const tokens = await tokensOf(keys, distinct)
  const verifier = new TokenVerifier({ issuer, audience, keys })
  await forEachOf(tokens, concurrency, (token) => verifier.verify(token))
  const texts = tokens.map((token) => Buffer.from(token))
  const recall = (strings: readonly string[]): void => {
    for (const token of strings) sink.last = verifier.recallOrVerify(token)
  }
  return () => paceOver(texts, turn / turnsPerRound, recall, cpuTime)
}

function issuerOf(keys: Keys): TokenIssuer {
  return new TokenIssuer({ keys, kid: nameOfKey(0), issuer, audience, expiresIn: '30m' })
}

async function tokensOf(keys: Keys, count: number): Promise<string[]> {
  const tokenIssuer = issuerOf(keys)
  const tokens: string[] = []
  await forEachOf(countingTo(count), concurrency, async (number) => {
    tokens[number] = await tokenIssuer.issue({ sub: `user-${number}` })
  })
  return tokens
}
