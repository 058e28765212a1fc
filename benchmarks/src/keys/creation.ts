import { LocalKeyProvider } from '@bearerkit/core'
import { generateKeyPair, generateSecret } from 'jose'
import type { Figure, Outcome } from '../figure.ts'
import { paceOfAsync } from '../pace.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'

const symmetric = /^(?:HS|A\d)/

/** Keys created per second, by algorithm, compared with jose only generating them. */
export async function measure({ rounds, turn }: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of new LocalKeyProvider().supports().algorithms) {
    figures.push(await creationOf(alg, rounds, turn))
  }
  return { figures, notMeasured: [] }
}

async function creationOf(alg: string, rounds: number, turn: number): Promise<Figure> {
  const of = await medians(
    [
      { name: 'LocalKeyProvider', sample: () => paceOfAsync(keptBy(new LocalKeyProvider(), alg), turn, 1) },
      { name: 'jose', sample: () => paceOfAsync(madeByJose(alg), turn, 1) },
    ],
    rounds,
  )
  return { name: `${alg} keys created`, unit: 'keys/s', subject: of('LocalKeyProvider'), relativeTo: of('jose') }
}

/** Removes each key, because large providers are measured by another figure. */
function keptBy(keys: LocalKeyProvider, alg: string): () => Promise<unknown> {
  return async () => {
    const { kid } = await keys.createKey({ alg })
    await keys.destroyKey(kid)
  }
}

function madeByJose(alg: string): () => Promise<unknown> {
  return symmetric.test(alg) ? () => generateSecret(alg) : () => generateKeyPair(alg)
}
