import { KeyStoreUnavailableError, type TokenRevoker, type TokensToRevoke } from '@bearerkit/core'

/** Records what is revoked, and can fail like a store that is down. */
export class RecordedRevocations implements TokenRevoker {
  readonly revoked: TokensToRevoke[] = []
  isDown = false

  async revoke(tokens: TokensToRevoke): Promise<void> {
    if (this.isDown) throw new KeyStoreUnavailableError('the store is down', { retryAfter: 7 })
    this.revoked.push(tokens)
  }
}
