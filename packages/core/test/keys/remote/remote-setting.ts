import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch, settled } from '../../support/fake-fetch.ts'
import { ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'

export const minute = 60_000
export const hour = 60 * minute
export const metadataUrl = `${issuer}/.well-known/openid-configuration`

/** What the source publishes at first. */
export const foreign = new ForeignIssuer('orders.1')
/** What it publishes next. */
export const next = new ForeignIssuer('orders.2')
export const hint = { alg: 'ES256', kid: 'orders.1' }
export const nextHint = { alg: 'ES256', kid: 'orders.2' }

export function junk(name: unknown = 'junk'): { alg: string; kid: string } {
  return { alg: 'ES256', kid: `junk-${String(name)}` }
}

export interface Setting {
  readonly keys: RemoteJwksKeyProvider
  readonly remote: FakeFetch
  readonly clock: ManualClock
}

/** A provider on a clock that is turned by hand, and without jitter: it refreshes ahead at 80 %, and backs off by half of the ceiling. */
export function setting(options: Partial<RemoteJwksKeyProviderOptions> = {}): Setting {
  const remote = new FakeFetch({ [jwksUrl]: foreign.jwks, [metadataUrl]: { issuer, jwks_uri: jwksUrl } })
  const clock = new ManualClock()
  const source = options.issuer === undefined ? { jwksUrl } : {}
  const random = (): number => 0.5
  return {
    keys: new RemoteJwksKeyProvider({ ...source, fetch: remote.fetch, clock, random, ...options }),
    remote,
    clock,
  }
}

export async function warm(options: Partial<RemoteJwksKeyProviderOptions> = {}): Promise<Setting> {
  const one = setting(options)
  await one.keys.ready()
  return one
}

/** The number of keys found, and whether the answer had to be waited for. */
export async function found(
  keys: RemoteJwksKeyProvider,
  one: { alg: string; kid?: string } = hint,
): Promise<{ count: number; waited: boolean }> {
  const answer = keys.verificationKeys(one)
  const waited = answer instanceof Promise
  return { count: (await answer).length, waited }
}

/** Resolves when the next refresh has come to its end, good or bad. To be called before what starts it. */
export function landing(keys: RemoteJwksKeyProvider): Promise<'refreshed' | 'refreshFailed'> {
  return new Promise((resolve) => {
    const land = (event: 'refreshed' | 'refreshFailed') => () => {
      keys.off('refreshed', onSuccess).off('refreshFailed', onFailure)
      resolve(event)
    }
    const onSuccess = land('refreshed')
    const onFailure = land('refreshFailed')
    keys.on('refreshed', onSuccess).on('refreshFailed', onFailure)
  })
}

/** A request for a known key, and the refresh that it starts behind itself. */
export async function refreshedBehind(
  keys: RemoteJwksKeyProvider,
  one: { alg: string; kid?: string } = hint,
): Promise<'refreshed' | 'refreshFailed'> {
  const landed = landing(keys)
  await found(keys, one)
  return landed
}

/** Waits, whenever it is called, for the refresh that is under way, if there is one. */
export function flights({ keys, remote }: Setting): () => Promise<void> {
  let seen = remote.requests.length
  const landed: true[] = []
  const land = (): void => void landed.push(true)
  keys.on('refreshed', land).on('refreshFailed', land)
  return async () => {
    if (remote.requests.length === seen) return
    while (landed.length === 0) await settled()
    // Whoever waits for the refresh hears of it after the event.
    await settled()
    landed.length = 0
    seen = remote.requests.length
  }
}
