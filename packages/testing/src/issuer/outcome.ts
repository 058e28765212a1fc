import type { Exchange } from './exchange.ts'

/** The status of the answer, or `'unanswered'` if the client got none, or only a part of it. */
export type Outcome = number | 'unanswered'

type Ways = Omit<Exchange, 'answer'>

/** Returns the same exchange, and how it will have ended. */
export function observed(ways: Ways): { readonly ways: Ways; readonly outcome: Promise<Outcome> } {
  let settle: (outcome: Outcome) => void = () => undefined
  const outcome = new Promise<Outcome>((resolve) => (settle = resolve))
  ways.whenAbandoned(() => settle('unanswered'))
  const send: Ways['send'] = (answer) => {
    settle(answer.status)
    ways.send(answer)
  }
  const reset = (): void => {
    settle('unanswered')
    ways.reset()
  }
  return { ways: { ...ways, send, reset }, outcome }
}
