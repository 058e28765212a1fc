import { StoredKeyProvider } from '../../src/keys/stored/stored-key-provider.ts'
import type { VerificationKeys } from '../../src/keys/key-roles.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { foreign, hour, next, warm } from '../keys/remote/remote-setting.ts'
import { ManualClock } from '../support/clock.ts'
import { refuseConnection } from '../support/fake-fetch.ts'
import { FaultyStore } from '../support/faulty-store.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../support/foreign-issuer.ts'
import { meanwhile } from '../support/meanwhile.ts'

const token = foreign.sign({ iss: issuer, aud: audience, exp: 10_000_000_000 })

function verifierWith(keys: VerificationKeys, clock: ManualClock, happens: () => unknown): TokenVerifier {
  return new TokenVerifier({ keys, issuer, audience, clock, claims: meanwhile(happens) })
}

describe('fetched keys that become too old while a token is verified', () => {
  it('cannot refuse it: the keys are unavailable', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, refuseConnection)
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('are fetched again, and the token passes', async () => {
    const { keys, clock } = await warm()
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    await expect(verifier.verify(token)).resolves.toMatchObject({ claims: { iss: issuer } })
  })

  it('are fetched again, and the token is refused if its key was removed', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, next.jwks)
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('are fetched again, and the token is refused if it has expired in the meantime', async () => {
    const { keys, clock } = await warm()
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    const short = foreign.sign({ iss: issuer, aud: audience, exp: clock.seconds() + 60 })
    await expect(verifier.verify(short)).rejects.toMatchObject({ code: 'token_expired' })
  })
})

it('a key that becomes too old while a token is verified does not prove its signature wrong', async () => {
  const { keys, remote, clock } = await warm()
  remote.answers.set(jwksUrl, refuseConnection)
  const agingKeys: VerificationKeys = {
    verificationKeys: async (hint) => {
      const found = await keys.verificationKeys(hint)
      clock.advance(3 * hour)
      return found
    },
    replacementKeys: (hint, options) => keys.replacementKeys(hint, options),
    trusts: (key) => keys.trusts(key),
  }
  const byReplacement = new ForeignIssuer(foreign.kid).sign({ iss: issuer, aud: audience, exp: 10_000_000_000 })
  const verifier = new TokenVerifier({ keys: agingKeys, issuer, audience, clock })
  await expect(verifier.verify(byReplacement)).rejects.toMatchObject({ code: 'key_source_unavailable' })
})

it('a fetched key that is removed while a token is verified refuses it', async () => {
  const { keys, remote, clock } = await warm()
  const verifier = verifierWith(keys, clock, () => {
    remote.answers.set(jwksUrl, next.jwks)
    return keys.refresh()
  })
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
})

describe('stored keys that become too old while a token is verified', () => {
  async function stored() {
    const [store, clock] = [new FaultyStore(), new ManualClock()]
    const keys = await StoredKeyProvider.open({ store, clock, encryptionKeys: [new Uint8Array(32)] })
    await keys.createKey({ alg: 'ES256' })
    const issued = await new TokenIssuer({ keys, issuer, audience, clock }).issue(
      { sub: 'user-1' },
      { expiresIn: '1d' },
    )
    return { store, clock, keys, issued }
  }

  it('cannot refuse it: the keys are unavailable', async () => {
    const { store, clock, keys, issued } = await stored()
    store.fault = new Error('connection refused')
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    await expect(verifier.verify(issued)).rejects.toMatchObject({ code: 'key_store_unavailable' })
    await keys.close()
  })

  it('are read again, and the token passes', async () => {
    const { clock, keys, issued } = await stored()
    const verifier = verifierWith(keys, clock, () => clock.advance(3 * hour))
    await expect(verifier.verify(issued)).resolves.toMatchObject({ claims: { iss: issuer } })
    await keys.close()
  })
})
