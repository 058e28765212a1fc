import { KeySourceUnavailableError } from '../../../../src/errors.ts'
import type { VerificationKey } from '../../../../src/keys/key-roles.ts'
import type { RemoteJwksKeyProvider } from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { ForeignIssuer, jwksUrl } from '../../../support/foreign-issuer.ts'
import { foreign, found, hint, junk, setting, warm } from '../remote-setting.ts'

/** New material under the known kid. */
const replacement = new ForeignIssuer(foreign.kid)
const withoutKid = { alg: 'ES256' }

async function replacementsAfter(
  keys: RemoteJwksKeyProvider,
  one: { alg: string; kid?: string },
): Promise<readonly VerificationKey[]> {
  const tried = await keys.verificationKeys(one)
  return keys.replacementKeys(one, { tried })
}

describe('a known key that does not verify the signature', () => {
  it.each([
    ['under its kid', hint],
    ['for tokens without a kid', withoutKid],
  ])('may have been replaced %s: one search finds the new key', async (_, one) => {
    const { keys, remote } = await warm()
    const [former] = (await keys.verificationKeys(one)) as [VerificationKey]
    remote.answers.set(jwksUrl, replacement.jwks)
    const [latter, another] = await replacementsAfter(keys, one)
    expect(latter?.thumbprint).not.toBe(former.thumbprint)
    expect(another).toBeUndefined()
    expect(keys.trusts(former)).toBe(false)
    expect(remote.requests).toHaveLength(2)
  })

  it('is not returned again', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, replacement.jwk] })
    expect(await replacementsAfter(keys, hint)).toHaveLength(1)
  })

  it('causes no fetch if the set has changed in the meantime', async () => {
    const { keys, remote } = await warm()
    const tried = await keys.verificationKeys(hint)
    remote.answers.set(jwksUrl, replacement.jwks)
    await keys.refresh()
    expect(keys.replacementKeys(hint, { tried })).toHaveLength(1)
    expect(remote.requests).toHaveLength(2)
  })

  it('shares the budget of junk kids: two fetches for two hundred tokens', async () => {
    const { keys, remote } = await warm()
    for (let token = 0; token < 200; token += 1) {
      expect(await replacementsAfter(keys, hint)).toEqual([])
      await found(keys, junk(token))
    }
    expect(remote.requests).toHaveLength(3)
  })

  it('is replaced within ten seconds, even after a flood of bad signatures', async () => {
    const { keys, remote, clock } = await warm()
    for (let token = 0; token < 200; token += 1) await replacementsAfter(keys, hint)
    for (let kid = 0; kid < 200; kid += 1) await found(keys, junk(kid))
    remote.answers.set(jwksUrl, replacement.jwks)
    clock.advance(10_000)
    await found(keys, junk('another'))
    expect(await replacementsAfter(keys, hint)).toHaveLength(0)
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    expect(keys.trusts(key)).toBe(true)
  })

  it('has no replacement, and causes no error, while the issuer is unavailable', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, 404)
    expect(await replacementsAfter(keys, hint)).toEqual([])
    expect(await replacementsAfter(keys, hint)).toEqual([])
    expect(remote.requests).toHaveLength(2)
  })

  describe('after all keys have become too old', () => {
    /** In milliseconds. By default, keys are used for an hour after they became stale. */
    const longAfter = 2 * 60 * 60_000

    it('is replaced by a key of a new fetch', async () => {
      const { keys, remote, clock } = await warm()
      const tried = await keys.verificationKeys(hint)
      remote.answers.set(jwksUrl, replacement.jwks)
      clock.advance(longAfter)
      const [latter] = await keys.replacementKeys(hint, { tried })
      expect(latter?.thumbprint).toEqual(expect.any(String))
      expect(latter?.thumbprint).not.toBe(tried[0]?.thumbprint)
    })

    it('causes a KeySourceUnavailableError if the issuer is unavailable', async () => {
      const { keys, remote, clock } = await warm()
      const tried = await keys.verificationKeys(hint)
      remote.answers.set(jwksUrl, 503)
      clock.advance(longAfter)
      await expect(Promise.resolve(keys.replacementKeys(hint, { tried }))).rejects.toThrow(KeySourceUnavailableError)
    })
  })

  it('is not searched for if it is local', async () => {
    const { keys, remote } = setting()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    expect(await replacementsAfter(keys, hint)).toEqual([])
    expect(remote.requests).toEqual([])
  })

  it('does not make a caller wait after its signal is aborted', async () => {
    const { keys } = await warm()
    const tried = await keys.verificationKeys(hint)
    const leaving = AbortSignal.abort()
    await expect(Promise.resolve(keys.replacementKeys(hint, { tried, signal: leaving }))).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})
