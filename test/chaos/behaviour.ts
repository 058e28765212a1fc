import { setTimeout } from 'node:timers/promises'

/** The ways in which a callback of the application can answer. */
export type Behaviour = keyof typeof behaviours

/** The answers of a callback: a correct one, a refusal, and nonsense. */
export interface Answers {
  readonly right: unknown
  readonly refusal: unknown
  readonly nonsense: unknown
}

const behaviours = {
  'answers at once': ({ right }: Answers) => right,
  'answers later': async ({ right }: Answers) => setTimeout(20, right),
  'answers with a thenable': ({ right }: Answers) => ({ then: (resolve: (answer: unknown) => void) => resolve(right) }),
  'refuses at once': ({ refusal }: Answers) => refusal,
  'refuses later': async ({ refusal }: Answers) => setTimeout(20, refusal),
  throws: () => {
    throw new Error('the callback fails')
  },
  'throws undefined': () => {
    throw undefined
  },
  rejects: async () => {
    throw new Error('the callback fails')
  },
  'rejects later with undefined': async () => {
    await setTimeout(20)
    throw undefined
  },
  'never settles': () => new Promise(() => undefined),
  'answers nonsense': ({ nonsense }: Answers) => nonsense,
  'answers nonsense later': async ({ nonsense }: Answers) => setTimeout(20, nonsense),
} as const

export const allBehaviours = Object.keys(behaviours) as Behaviour[]

export function behave(behaviour: Behaviour, answers: Answers): unknown {
  return behaviours[behaviour](answers)
}

/** The effect of a behaviour. */
export type Effect = 'right' | 'refusal' | 'failure' | 'nonsense'

export function effectOf(behaviour: Behaviour): Effect {
  if (behaviour.startsWith('answers nonsense')) return 'nonsense'
  if (behaviour.startsWith('answers')) return 'right'
  return behaviour.startsWith('refuses') ? 'refusal' : 'failure'
}
