import type { EventEmitter } from 'node:events'
import type { VerificationKeys } from '../../../src/keys/key-roles.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import type { KeySourceEvents } from '../../../src/keys/remote/source-events.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch, settled } from '../../support/fake-fetch.ts'
import { ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'

export const minute = 60_000
export const hour = 60 * minute
export const metadataUrl = `${issuer}/.well-known/openid-configuration`

/** The key that the source publishes at first. */
export const foreign = new ForeignIssuer('orders.1')
/** The key that it publishes next. */
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

/**
 * A provider with a manual clock and without jitter: it refreshes ahead at 80 % and backs off by half of the maximum.
 */
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

/** The number of keys found, and whether the caller had to wait. */
export async function found(
  keys: VerificationKeys,
  one: { alg: string; kid?: string } = hint,
): Promise<{ count: number; waited: boolean }> {
  const answer = keys.verificationKeys(one)
  const waited = answer instanceof Promise
  return { count: (await answer).length, waited }
}

/** Resolves when the next refresh has succeeded or failed. Must be called before the refresh starts. */
export function landing(keys: EventEmitter<KeySourceEvents>): Promise<'refreshed' | 'refreshFailed'> {
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

/** Requests a known key, and waits for the background refresh that the request starts. */
export async function refreshedBehind(
  keys: RemoteJwksKeyProvider,
  one: { alg: string; kid?: string } = hint,
): Promise<'refreshed' | 'refreshFailed'> {
  const landed = landing(keys)
  await found(keys, one)
  return landed
}

/** Waits for the refresh that is under way, if there is one. */
export function flights({ keys, remote }: Setting): () => Promise<void> {
  let seen = remote.requests.length
  const landed: true[] = []
  const land = (): void => void landed.push(true)
  keys.on('refreshed', land).on('refreshFailed', land)
  return async () => {
    if (remote.requests.length === seen) return
    while (landed.length === 0) await settled()
    // Callers that wait for the refresh resume after the event.
    await settled()
    landed.length = 0
    seen = remote.requests.length
  }
}
