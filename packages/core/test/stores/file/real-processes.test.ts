import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { source } from '../../support/bundle.ts'
import { Program } from '../../support/program.ts'
import { newFolder, Process, removeFolders } from './setting.ts'

/** `npm run fleet` kills more. */
const kills = Number(process.env['KILLS'] ?? 20)

/** Counts in a record of a folder, so many times, and prints each count once it was acknowledged. */
const counting = `
import { writeSync } from 'node:fs'
import { fileStore } from ${JSON.stringify(join(source, 'stores/file-store.ts'))}

const [folder, id, times] = process.argv.slice(2)
const store = fileStore(folder)
const signal = new AbortController().signal

async function count() {
  for (;;) {
    const { records } = await store.read({ signal })
    const { value = '0', revision } = records.find((record) => record.id === id) ?? {}
    const next = String(Number(value) + 1)
    if ((await store.write({ id, value: next, ifRevision: revision }, { signal, within: 60_000 })) === undefined) continue
    writeSync(1, next + '\\n')
    return
  }
}

async function main() {
  for (let time = 0; time < Number(times); time += 1) await count()
}
void main()
`

let program: Program

beforeAll(async () => {
  program = await Program.from(counting)
}, 20_000)

afterAll(async () => {
  await program.close()
  await removeFolders()
})

async function valueOf(folder: string, id: string): Promise<number> {
  return Number((await new Process(folder).find(id)).value ?? 0)
}

describe('processes that share a folder', () => {
  it('lose nothing when four of them write to one record', async () => {
    const folder = await newFolder()
    const writers = ['a', 'b', 'c', 'd'].map(() => program.start(folder, 'count', '15'))
    expect(await Promise.all(writers.map((writer) => writer.ended()))).toEqual([0, 0, 0, 0])
    expect(await valueOf(folder, 'count')).toBe(60)
    const seen = writers.flatMap(({ lines }) => lines.map(Number)).toSorted((a, b) => a - b)
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  }, 60_000)

  it('find all that was acknowledged, and nothing torn, after writers were killed at random moments', async () => {
    const folder = await newFolder()
    const killRepeatedly = async (id: string): Promise<void> => {
      for (let kill = 0; kill < kills / 2; kill += 1) {
        const before = await valueOf(folder, id)
        const writer = program.start(folder, id, 'Infinity')
        await writer.firstLine()
        await pause(Math.random() * 20)
        writer.child.kill('SIGKILL')
        await writer.ended()
        const acknowledged = Number(writer.lines.at(-1))
        expect(acknowledged).toBeGreaterThan(before)
        expect([acknowledged, acknowledged + 1]).toContain(await valueOf(folder, id))
      }
    }
    await Promise.all(['a', 'b'].map(killRepeatedly))
  }, 300_000)
})
