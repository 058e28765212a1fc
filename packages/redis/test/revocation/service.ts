import {
  Authenticator,
  LocalKeyProvider,
  type RequestRefusedError,
  type RevocationEvents,
  type RevocationHealth,
  Revocations,
  type RevocationsOptions,
  TokenIssuer,
  type TokensToRevoke,
} from '@bearerkit/core'
import { answerCalls, tell } from '../fleet/calls.ts'
import { openStore, type StoreOfService } from '../fleet/store-of-service.ts'

export interface ServiceOptions extends Pick<RevocationsOptions, 'pollInterval' | 'requestTimeout' | 'staleIfError'> {
  readonly store: StoreOfService
}

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

const reported = [
  'revoked',
  'refreshed',
  'refreshFailed',
  'storeUnavailable',
  'storeReset',
] as const satisfies readonly (keyof RevocationEvents)[]

/** An instance of a service, in a process of its own. All instances have the same signing key. */
export class RevocationService {
  readonly #revocations: Revocations
  readonly #tokens: TokenIssuer
  readonly #authenticator: Authenticator
  readonly #disconnect: () => unknown

  private constructor(revocations: Revocations, keys: LocalKeyProvider, disconnect: () => unknown) {
    this.#revocations = revocations
    this.#disconnect = disconnect
    this.#tokens = new TokenIssuer({ keys, issuer, audience })
    this.#authenticator = new Authenticator({ keys, issuer, audience, algorithms: ['HS256'], isRevoked: revocations })
    for (const event of reported) revocations.on(event, (detail: unknown) => tell(event, detail))
  }

  static async open({ store, ...options }: ServiceOptions): Promise<RevocationService> {
    const { opened, disconnect } = await openStore(store)
    const keys = new LocalKeyProvider()
    await keys.importKey({ alg: 'HS256', kid: 'shared' }, Buffer.alloc(32, 1))
    return new RevocationService(await Revocations.open({ ...options, store: opened }), keys, disconnect)
  }

  issue(sub: string): Promise<string> {
    return this.#tokens.issue({ sub })
  }

  /** Answers the status of a request with the token. */
  request(token: string): Promise<number> {
    const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } }
    return new Promise((resolve) => {
      this.#authenticator.authenticate(request, {
        pass: () => resolve(200),
        refuse: (error) => resolve((error as RequestRefusedError).status),
        answer: ({ status }) => resolve(status),
      })
    })
  }

  revoke(tokens: TokensToRevoke): Promise<void> {
    return this.#revocations.revoke(tokens)
  }

  refresh(): Promise<void> {
    return this.#revocations.refresh()
  }

  restore(): Promise<number> {
    return this.#revocations.restore()
  }

  health(): Pick<RevocationHealth, 'state' | 'entries' | 'lost'> {
    const { state, entries, lost } = this.#revocations.health()
    return { state, entries, lost }
  }

  async close(): Promise<void> {
    await this.#revocations.close()
    await this.#disconnect()
  }
}

answerCalls((options) => RevocationService.open(options))
