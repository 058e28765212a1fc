import type { AuthContext } from '../../src/http/auth-context.ts'
import { Authenticator } from '../../src/http/authenticator.ts'
import type { Continuation } from '../../src/http/outcome/continuation.ts'
import type { RequestRefusedError } from '../../src/http/refusals/refusal.ts'
import type { HttpRequest } from '../../src/http-message.ts'
import type { TokenSource } from '../../src/http-message.ts'
import { audience, issuer } from '../support/foreign-issuer.ts'

/** The outcome of a request: it passed, with or without an auth context, or was refused. */
export type Outcome = { auth: AuthContext | undefined; error?: never } | { auth?: never; error: RequestRefusedError }

/** Waits until the continuation is called. Any error counts as a refusal, not only a {@link RequestRefusedError}. */
export function outcomeOf(begin: (continuation: Continuation) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    begin({
      pass: (auth) => resolve({ auth }),
      refuse: (error) => resolve({ error: error as RequestRefusedError }),
    })
  })
}

const noKeys = { verificationKeys: () => [], trusts: () => false }

/** The error of a verifier without keys. */
export async function refusalCodeOf(
  request: HttpRequest,
  tokenSource?: readonly TokenSource[],
  body?: unknown,
): Promise<string | undefined> {
  const authenticator = new Authenticator({ issuer, audience, keys: noKeys, tokenSource })
  const { error } = await outcomeOf((continuation) => authenticator.authenticate(request, continuation, body))
  return error?.code
}
