import { KeyStoreUnavailableError, type RevokedTokens, type TokenRevoker } from '@bearerkit/core'

/** Records what is revoked, and can fail like a store that is down. */
export class RecordedRevocations implements TokenRevoker {
  readonly revoked: RevokedTokens[] = []
  isDown = false

  async revoke(tokens: RevokedTokens): Promise<void> {
    if (this.isDown) throw new KeyStoreUnavailableError('the store is down', { retryAfter: 7 })
    this.revoked.push(tokens)
  }
}
