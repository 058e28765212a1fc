import type { ForgedTokens } from '@bearerkit/testing'
import { refusals } from '../../../packages/testing/test/refusals-of-forgeries.ts'

/** A token that is bad from the beginning, and the answer that it must get. */
export interface Forgery {
  readonly answer: string
  readonly make: () => Promise<string>
}

/** The first two need arguments, and the last one is sent by the contract suite. */
const { jku: _jku, junk: _junk, hostileAlg: _hostileAlg, ...reasons } = refusals

export function forgeries(forged: ForgedTokens): Forgery[] {
  return Object.entries(reasons).map(([name, reason]) => ({
    answer: `401 ${reason}`,
    make: () => forged[name as keyof typeof reasons](),
  }))
}
