import { once } from 'node:events'
import { tokenFor } from './tokens.ts'
import { KeyStoreUnavailableError } from '../../src/errors.ts'
import type { Revocations } from '../../src/revocation/revocations.ts'
import { recordIdOf } from '../../src/revocation/revocation-record.ts'
import type { KeyStore } from '../../src/stores/key-store.ts'
import { storeFaults } from '../support/faulty-store.ts'
import { TwoClocks } from '../support/two-clocks.ts'
import { closeRevocations, Fleet, hour } from './setting.ts'

afterAll(closeRevocations)

const limits = { requestTimeout: '50ms' } as const

/** Notes the events of an instance, in order. */
function eventsOf(revocations: Revocations): { event: string; detail: unknown }[] {
  const events: { event: string; detail: unknown }[] = []
  for (const event of [
    'refreshed',
    'refreshFailed',
    'storeUnavailable',
    'storeReset',
    'recordSetAside',
    'revoked',
  ] as const)
    revocations.on(event, (detail: unknown) => events.push({ event, detail }))
  return events
}

describe.each(storeFaults)('a store that %s', (_, fault) => {
  it('lets nothing be opened, and is named', async () => {
    const fleet = new Fleet()
    fleet.store.fault = fault
    const attempt = fleet.open(limits)
    await expect(attempt).rejects.toThrow(KeyStoreUnavailableError)
    await expect(attempt).rejects.toThrow(/faulty store/)
  })

  it('lets checks go on, and refuses revocations', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open(limits)
    await revocations.revoke({ jti: 'token-1' })
    fleet.store.fault = fault
    await expect(revocations.refresh()).rejects.toThrow(KeyStoreUnavailableError)
    fleet.clock.advance(hour)
    expect(revocations.isRevoked(fleet.claims())).toBe(true)
    expect(revocations.isRevoked(fleet.claims({ jti: 'token-2' }))).toBe(false)
    await expect(revocations.revoke({ jti: 'token-2' })).rejects.toThrow(KeyStoreUnavailableError)
    expect(revocations.isRevoked(fleet.claims({ jti: 'token-2' }))).toBe(false)
    expect(revocations.health()).toMatchObject({ state: 'stale', store: 'faulty store', entries: 1 })
  })

  it('ends checks with 503 when the copy is too old, and they recover', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open(limits)
    const { verifier, token } = await tokenFor(fleet, revocations)
    await verifier.verify(token)
    fleet.store.fault = fault
    fleet.clock.advance(2 * hour)
    await expect(verifier.verify(token)).rejects.toMatchObject({
      code: 'verification_unavailable',
      cause: { code: 'key_store_unavailable' },
    })
    expect(revocations.health().state).toBe('expired')
    fleet.store.fault = undefined
    await revocations.refresh()
    await expect(verifier.verify(token)).resolves.toBeDefined()
    expect(revocations.health()).toMatchObject({ state: 'fresh', lastError: undefined })
  })

  it('is told once as down, and each failed read is', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open(limits)
    const events = eventsOf(revocations)
    fleet.store.fault = fault
    for (let time = 0; time < 3; time += 1) await expect(revocations.refresh()).rejects.toThrow()
    const told = events.map(({ event }) => event)
    expect(told.filter((name) => name === 'storeUnavailable')).toHaveLength(1)
    expect(told.filter((name) => name === 'refreshFailed')).toHaveLength(3)
  })
})

it('reads the store as soon as a machine that slept for too long uses it again', async () => {
  const fleet = new Fleet()
  const clock = new TwoClocks()
  const [sleeper, other] = [await fleet.open({ clock }), await fleet.open()]
  await other.revoke({ sub: 'user-1', until: fleet.clock.now() + 24 * hour })
  clock.sleep(3 * hour)
  const refreshed = once(sleeper, 'refreshed')
  expect(() => sleeper.isRevoked(fleet.claims())).toThrow(KeyStoreUnavailableError)
  await refreshed
  expect(sleeper.isRevoked(fleet.claims())).toBe(true)
})

describe('a store that was emptied', () => {
  async function emptied() {
    const fleet = new Fleet()
    const [one, two] = [await fleet.open(), await fleet.open()]
    await one.revoke({ jti: 'a' })
    await one.revoke({ sub: 'user-9' })
    await two.refresh()
    fleet.store.empty()
    const events = eventsOf(two)
    await two.refresh()
    return { fleet, one, two, events }
  }

  it('takes nothing from an instance that knows the revocations, which tells how many the store has lost', async () => {
    const { fleet, two, events } = await emptied()
    expect(two.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
    expect(events).toContainEqual({ event: 'storeReset', detail: { store: 'faulty store', lost: 2 } })
    expect(two.health()).toMatchObject({ entries: 2, lost: 2 })
  })

  it('gets them back with `restore`, so that instances know them that start later', async () => {
    const { fleet, two } = await emptied()
    expect((await fleet.open()).isRevoked(fleet.claims({ jti: 'a' }))).toBe(false)
    expect(await two.restore()).toBe(2)
    expect(two.health().lost).toBe(0)
    const late = await fleet.open()
    expect(late.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
    expect(late.isRevoked(fleet.claims({ sub: 'user-9' }))).toBe(true)
    expect(await two.restore()).toBe(0)
  })

  it('counts what ends within a minute as no loss, because the clock of the store may be ahead', async () => {
    const { fleet, two } = await emptied()
    const events = eventsOf(two)
    fleet.clock.advance(hour + 1000)
    expect(two.health().lost).toBe(0)
    await two.refresh()
    expect(events.map(({ event }) => event)).not.toContain('storeReset')
    expect(two.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
  })

  it('counts what has ended as no loss', async () => {
    const { fleet, two } = await emptied()
    fleet.clock.advance(2 * hour)
    await two.refresh()
    expect(two.health().lost).toBe(0)
    expect(await two.restore()).toBe(0)
  })

  it('forgets nothing that is revoked afterwards', async () => {
    const { fleet, one, two } = await emptied()
    await one.revoke({ jti: 'b' })
    await two.refresh()
    expect(two.isRevoked(fleet.claims({ jti: 'b' }))).toBe(true)
    expect(two.health().lost).toBe(2)
  })
})

it('keeps what is newer than a backup that was restored, and knows what is in it', async () => {
  const fleet = new Fleet()
  const revocations = await fleet.open()
  await revocations.revoke({ jti: 'old' })
  const backup = await fleet.store.values()
  await revocations.revoke({ jti: 'new' })
  await fleet.store.restore(backup)
  const events = eventsOf(revocations)
  await revocations.refresh()
  expect(events).toContainEqual({ event: 'storeReset', detail: { store: 'faulty store', lost: 1 } })
  for (const jti of ['old', 'new']) expect(revocations.isRevoked(fleet.claims({ jti }))).toBe(true)
  expect((await fleet.open()).isRevoked(fleet.claims({ jti: 'old' }))).toBe(true)
})

it('tells that the store was emptied before any read has shown the first revocation', async () => {
  const fleet = new Fleet()
  // It is where it was at the first read, and cannot tell that anything has happened.
  const store: KeyStore = {
    name: 'flushed store',
    prefix: '',
    read: async ({ since }) => ({ records: [], removed: since === undefined ? undefined : [], revision: '0-0' }),
    write: async () => '1-a',
  }
  const revocations = await fleet.open({ store })
  const events = eventsOf(revocations)
  await revocations.revoke({ jti: 'a' })
  await revocations.refresh()
  await revocations.refresh()
  const resets = events.filter(({ event }) => event === 'storeReset')
  expect(resets).toEqual([{ event: 'storeReset', detail: { store: 'flushed store', lost: 1 } }])
  expect(revocations.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
})

it('keeps a revocation whose record somebody has removed, and tells', async () => {
  const fleet = new Fleet()
  const [one, two] = [await fleet.open(), await fleet.open()]
  await one.revoke({ jti: 'a' })
  await two.refresh()
  const events = eventsOf(two)
  await fleet.store.remove([...(await fleet.store.values()).keys()][0] ?? '')
  await two.refresh()
  expect(two.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
  expect(events).toContainEqual({ event: 'storeReset', detail: { store: 'faulty store', lost: 1 } })
})

describe('records that somebody else has written', () => {
  const good = { kind: 'jti', isForOneIssuer: false, digest: 'A'.repeat(22), mark: 1, issuedUntil: 5 } as const
  const until = 4_000_000_000

  it.each([
    ['nothing', 'revoked:'],
    ['no base64url', 'revoked:%%%'],
    ['too short', recordIdOf({ ...good, until }).slice(0, -2)],
    ['too long', `${recordIdOf({ ...good, until })}AAAA`],
    ['of an unknown kind', `revoked:${Buffer.alloc(29, 255).toString('base64url')}`],
    ['very long', `revoked:${'A'.repeat(1000)}`],
  ])('are set aside if they are malformed, and others count: %s', async (_, id) => {
    const fleet = new Fleet()
    await (await fleet.open()).revoke({ jti: 'a' })
    const revocations = await fleet.open()
    const events = eventsOf(revocations)
    await fleet.store.forge(id, '')
    await revocations.revoke({ jti: 'b' })
    await revocations.refresh()
    await revocations.refresh()
    const note = { id, reason: 'it is not a revocation of ours' }
    expect(events.filter(({ event }) => event === 'recordSetAside')).toEqual([
      { event: 'recordSetAside', detail: note },
    ])
    expect(revocations.health().setAside).toEqual([note])
    for (const jti of ['a', 'b']) expect(revocations.isRevoked(fleet.claims({ jti }))).toBe(true)
  })

  it('are ignored if they are of another kind', async () => {
    const fleet = new Fleet()
    await fleet.store.forge('key:orders.1', 'x')
    expect((await fleet.open()).health()).toMatchObject({ entries: 0, setAside: [] })
  })

  it('are remembered a hundred at the most', async () => {
    const fleet = new Fleet()
    for (let number = 0; number < 150; number += 1) await fleet.store.forge(`revoked:${number}`, '')
    expect((await fleet.open()).health().setAside).toHaveLength(100)
  })

  it('may have any value', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke({ jti: 'a' })
    const [id = ''] = (await fleet.store.values()).keys()
    await fleet.store.forge(id, '{"until":0}')
    expect((await fleet.open()).isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
  })

  it('with the same mark in their thousands do not slow the others down, and are set aside beyond a thousand', async () => {
    const fleet = new Fleet()
    for (let number = 0; number < 1010; number += 1) {
      const digest = Buffer.alloc(16, `${number}`.padStart(16)).toString('base64url')
      await fleet.store.forge(recordIdOf({ ...good, digest, until }), '')
    }
    const revocations = await fleet.open()
    expect(revocations.health().entries).toBe(1000)
    expect(revocations.health().setAside).toHaveLength(10)
    await revocations.revoke({ jti: 'a' })
    expect(revocations.isRevoked(fleet.claims({ jti: 'a' }))).toBe(true)
  })
})

it('tells of each revocation once: of its own, of those of others, and of none that was there at the start', async () => {
  const fleet = new Fleet()
  const one = await fleet.open()
  await one.revoke({ jti: 'before' })
  const two = await fleet.open()
  const events = eventsOf(two)
  const expiry = fleet.clock.now() + hour
  await one.revoke({ jti: 'a', until: expiry })
  await two.refresh()
  await two.revoke({ sub: 'b', iss: 'https://issuer.example.com', until: expiry })
  await two.refresh()
  const until = expiry + 60_000
  expect(events.filter(({ event }) => event === 'revoked').map(({ detail }) => detail)).toEqual([
    { kind: 'jti', digest: expect.any(String) as string, isForOneIssuer: false, issuedBefore: undefined, until },
    { kind: 'sub', digest: expect.any(String) as string, isForOneIssuer: true, issuedBefore: fleet.clock.now(), until },
  ])
})

it('serves what it has after it was closed, and writes no more', async () => {
  const fleet = new Fleet()
  const revocations = await fleet.open()
  await revocations.revoke({ jti: 'token-1' })
  await revocations.close()
  expect(revocations.isRevoked(fleet.claims())).toBe(true)
  await expect(revocations.revoke({ jti: 'token-2' })).rejects.toThrow(/closed/)
})
