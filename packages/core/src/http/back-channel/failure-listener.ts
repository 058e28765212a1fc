import { callListener } from '../../listeners.ts'
import { asError } from '../outcome/continuation.ts'

/** Gets the reason why nothing was revoked. The client is not told. */
export type FailureListener = (error: Error) => unknown

export function reportFailure(listener: FailureListener | undefined, failure: unknown): void {
  if (listener !== undefined) callListener('onFailure', () => listener(asError(failure)))
}
