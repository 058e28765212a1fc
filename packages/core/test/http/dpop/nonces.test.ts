import { dpopNonces } from '../../../src/http/dpop/nonces.ts'
import { DpopSetting, origin } from './setting.ts'
import { ManualClock } from '../../support/clock.ts'

const secret = 'a secret of 32 characters or more'
const minute = 60_000
// The start of a slice.
const start = 1_800_000_000_000

describe('nonces for DPoP proofs', () => {
  it('are accepted in their slice of time and its neighbours, by every instance with the secret', () => {
    const clock = new ManualClock(start + minute / 2)
    const nonce = dpopNonces(secret, { clock }).current()
    const accepted = [-2, -1, 0, 1, 2].map((slices) => {
      const other = dpopNonces(secret, { clock: new ManualClock(clock.now() + slices * minute) })
      return other.accepts(nonce)
    })
    expect(accepted).toEqual([false, true, true, true, false])
  })

  it('change at the end of a slice, and follow a clock that is set back', () => {
    const clock = new ManualClock(start)
    const nonces = dpopNonces(secret, { clock })
    const first = nonces.current()
    clock.advance(minute - 1)
    expect(nonces.current()).toBe(first)
    clock.advance(1)
    expect(nonces.current()).not.toBe(first)
    expect(nonces.accepts(first)).toBe(true)
    clock.advance(-1)
    expect(nonces.current()).toBe(first)
  })

  it('change as often as the option says', () => {
    const clock = new ManualClock(start)
    const nonces = dpopNonces(secret, { clock, interval: '10s' })
    const first = nonces.current()
    clock.advance(19_999)
    expect(nonces.accepts(first)).toBe(true)
    clock.advance(1)
    expect(nonces.accepts(first)).toBe(false)
  })

  it('consist of characters that a nonce may have (RFC 9449 §8.1)', () => {
    expect(dpopNonces(secret).current()).toMatch(/^[\w-]{43}$/)
  })

  it('depend on the secret', () => {
    const clock = new ManualClock(start)
    const one = dpopNonces(secret, { clock })
    const other = dpopNonces(`${secret}!`, { clock })
    expect(other.accepts(one.current())).toBe(false)
    expect(dpopNonces(Buffer.from(secret), { clock }).accepts(one.current())).toBe(true)
  })

  it('of a former secret are accepted, and none are made with it', () => {
    const clock = new ManualClock(start)
    const former = dpopNonces(secret, { clock })
    const both = dpopNonces([`new ${secret}`, secret], { clock })
    expect(both.accepts(former.current())).toBe(true)
    expect(former.accepts(both.current())).toBe(false)
    expect(both.accepts(both.current())).toBe(true)
  })

  it.each(['', 'x', 'é'.repeat(43), '\0'.repeat(43)])('are not %p', (nonce) => {
    expect(dpopNonces(secret).accepts(nonce)).toBe(false)
  })

  it.each<[string, unknown, object]>([
    ['a short secret', 'x'.repeat(31), {}],
    ['few bytes', new Uint8Array(31), {}],
    ['no secret', undefined, {}],
    ['no secret in the list', [], {}],
    ['a short secret in the list', [secret, 'x'], {}],
    ['a number', 5, {}],
    ['an interval below a second', secret, { interval: '10ms' }],
    ['an unknown option', secret, { intervall: '10s' }],
  ])('are not made with %s', (_, given, options) => {
    const error = expect.objectContaining({ name: 'ConfigurationError' })
    expect(() => dpopNonces(given as string, options)).toThrow(error)
  })

  it('do not show the secret', async () => {
    const { inspect } = await import('node:util')
    const shown = `${inspect(dpopNonces(secret), { depth: 9, showHidden: true })}${JSON.stringify(dpopNonces(secret))}`
    expect(shown).not.toContain(secret)
  })
})

describe('nonces of the application', () => {
  it.each<[string, unknown]>([
    ['a promise of true', async () => true],
    ['a promise of false', async () => false],
    ['a promise that rejects', () => Promise.reject(new Error('the store is down'))],
    ['1', () => 1],
  ])('that answer with %s are a failure of the server, and let nothing pass', async (_, accepts) => {
    const setting = await DpopSetting.create()
    const nonce = { current: () => 'current', accepts: accepts as () => boolean }
    const { client, token } = setting
    const proof = await client.proof({ url: `${origin}/me`, token, nonce: 'made up' })
    const authenticator = setting.authenticator({ publicUrl: origin, nonce })
    const { error } = await setting.ask(authenticator, setting.request({ proof }))
    expect(error).toMatchObject({ status: 503, reason: 'verification_unavailable' })
  })
})
