import { Revocations } from '../../src/revocation/revocations.ts'
import type { RevocationsOptions } from '../../src/revocation/revocation-options.ts'
import { ManualClock } from '../support/clock.ts'
import { FaultyStore } from '../support/faulty-store.ts'

export const iss = 'https://issuer.example.com'
export const hour = 3_600_000

const opened: Revocations[] = []

/** Closes all instances. To be called after all tests of a file. */
export async function closeRevocations(): Promise<void> {
  await Promise.all(opened.splice(0).map((revocations) => revocations.close()))
}

/** Several instances on one store and one clock, which poll only when a test asks for it. */
export class Fleet {
  readonly store = new FaultyStore()
  readonly clock = new ManualClock()

  async open(options: Partial<RevocationsOptions> = {}): Promise<Revocations> {
    const { store, clock } = this
    const defaults = { store, clock, pollInterval: '1h', staleIfError: '1h', longestTokenLifetime: '1h' } as const
    const revocations = await Revocations.open({ ...defaults, ...options })
    opened.push(revocations)
    return revocations
  }

  /** Claims of a token that was issued now. */
  claims(others: Record<string, unknown> = {}): Record<string, unknown> {
    const iat = Math.floor(this.clock.seconds())
    return { iss, sub: 'user-1', sid: 'session-1', jti: 'token-1', client_id: 'app', iat, ...others }
  }
}
