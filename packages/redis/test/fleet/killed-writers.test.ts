import { setTimeout as pause } from 'node:timers/promises'
import { redisPatience } from '../../../../test/support/redis-server.ts'
import { Processes } from './setting.ts'

let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
}, redisPatience)

afterAll(() => processes.close())

/** `npm run fleet` kills more. */
const kills = Number(process.env['KILLS'] ?? 8)

describe('processes that change keys in a folder', () => {
  it('leave what was acknowledged, and nothing torn, if they are killed at random moments', async () => {
    const store = await processes.folder()
    const reader = await processes.open({ store, pollInterval: '1h' })
    await reader.call.ensureKey()
    const acknowledged = new Set<number>([1])
    const killRepeatedly = async (): Promise<void> => {
      for (let kill = 0; kill < kills / 2; kill += 1) {
        const writer = await processes.open({ store })
        const dead = (async () => {
          for (;;) acknowledged.add(await writer.call.rotateKey({}))
        })().catch((error: Error) => error.message)
        await pause(Math.random() * 100)
        writer.kill()
        expect(await dead).toBe('the process has ended')
        // The other writer goes on, and what it makes during the read need not be in it.
        const before = [...acknowledged]
        await reader.call.refresh()
        const { versions, setAside } = await reader.call.health()
        expect(setAside).toBe(0)
        expect(before.filter((version) => !versions.includes(version))).toEqual([])
      }
    }
    await Promise.all([killRepeatedly(), killRepeatedly()])
    // Whoever comes next waits for nobody, and reads all of it.
    const next = await processes.open({ store })
    acknowledged.add(await next.call.rotateKey({}))
    const { versions, setAside } = await next.call.health()
    expect(setAside).toBe(0)
    expect(versions).toEqual(versions.map((_, index) => index + 1))
    expect(versions).toHaveLength(Math.max(...acknowledged))
    await Promise.all([reader, next].map(({ call }) => call.close()))
  }, 600_000)

  it('lose nothing when four of them write at once', async () => {
    const writers = await processes.openMany(4, { store: await processes.folder() })
    await Promise.all(writers.map(({ call }) => call.ensureKey()))
    const rotated = writers.map(async ({ call }) => {
      const made: number[] = []
      for (let time = 0; time < 5; time += 1) made.push(await call.rotateKey({}))
      return made
    })
    const versions = (await Promise.all(rotated)).flat().toSorted((a, b) => a - b)
    expect(versions).toEqual(versions.map((_, index) => index + 2))
    expect(versions).toHaveLength(20)
    await Promise.all(writers.map(({ call }) => call.close()))
  })
})
