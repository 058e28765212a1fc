import type { AuthContext, Continuation } from '../../src/http/authenticator.ts'
import type { RequestRefusedError } from '../../src/http/refusal.ts'

/** What became of a request: let through, with or without a context, or refused. */
export type Outcome = { auth: AuthContext | undefined; error?: never } | { auth?: never; error: RequestRefusedError }

/** Waits for a continuation to be called. A refusal that is no {@link RequestRefusedError} is one all the same. */
export function outcomeOf(begin: (continuation: Continuation) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    begin({
      pass: (auth) => resolve({ auth }),
      refuse: (error) => resolve({ error: error as RequestRefusedError }),
    })
  })
}
