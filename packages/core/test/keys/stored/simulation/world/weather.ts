import type { SeededRandom } from '../../../../support/seeded-random.ts'
import type { Instance } from '../instance.ts'

/** What happens to one request to the store. Durations are in milliseconds. */
export interface Fate {
  readonly there: number
  readonly back: number
  /** A lost request is never answered; a refused one fails at once. */
  readonly request: 'arrives' | 'refused' | 'lost'
  /** The store has done what was asked, whatever happens to its answer. */
  readonly answer: 'arrives' | 'cut' | 'lost'
}

export type WeatherKind = 'fair' | 'no news' | 'down' | 'silent' | 'slow' | 'answers lost' | 'flaky'

interface Climate {
  /** The probability that a notification is lost. */
  readonly newsLost: number
  readonly fate: (random: SeededRandom) => Partial<Fate>
}

const climates: Readonly<Record<WeatherKind, Climate>> = {
  fair: { newsLost: 0, fate: () => ({}) },
  'no news': { newsLost: 1, fate: () => ({}) },
  down: { newsLost: 1, fate: () => ({ request: 'refused' }) },
  silent: { newsLost: 1, fate: () => ({ request: 'lost' }) },
  slow: {
    newsLost: 0.2,
    fate: (random) => ({ there: random.between(100, 1500), back: random.between(100, 1500) }),
  },
  'answers lost': {
    newsLost: 0.5,
    fate: (random) => ({ answer: random.pick(['arrives', 'cut', 'lost'] as const) }),
  },
  flaky: {
    newsLost: 0.5,
    fate: (random) => ({ request: random.pick(['arrives', 'arrives', 'refused', 'lost'] as const) }),
  },
}

export const troubles: readonly WeatherKind[] = ['down', 'silent', 'slow', 'answers lost', 'flaky']

/** In these, no copy of the store is renewed. They can last until copies are too old. */
export const longTroubles: readonly WeatherKind[] = ['down', 'silent']

/** Between instances and their store. */
export class Weather {
  readonly kind: WeatherKind
  readonly #affected: ReadonlySet<Instance>

  constructor(kind: WeatherKind, affected: ReadonlySet<Instance>) {
    this.kind = kind
    this.#affected = affected
  }

  affects(instance: Instance): boolean {
    return this.#affected.has(instance)
  }

  fate(instance: Instance, random: SeededRandom): Fate {
    const usual = { there: latency(random), back: latency(random), request: 'arrives', answer: 'arrives' }
    return { ...usual, ...(this.affects(instance) && climates[this.kind].fate(random)) } as Fate
  }

  losesNews(instance: Instance, random: SeededRandom): boolean {
    return this.affects(instance) && random.chance(climates[this.kind].newsLost)
  }
}

/** Often zero, which saves a timer. */
function latency(random: SeededRandom): number {
  return random.chance(0.7) ? 0 : random.between(2, 40)
}
