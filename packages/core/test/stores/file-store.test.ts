import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeKeyStore } from '@bearerkit/testing/contract'
import { systemClock } from '../../src/clock.ts'
import { FileStore, fileStore } from '../../src/stores/file-store.ts'
import { ManualClock } from '../support/clock.ts'
import { filesWith } from './file/faulty-files.ts'
import { newFolder, Process, removeFolders } from './file/setting.ts'

describeKeyStore('fileStore', async () => {
  const folder = await newFolder()
  return { connect: () => fileStore(folder), close: removeFolders }
})

afterEach(removeFolders)

/** All files of a store. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function textIn(folder: string): Promise<string> {
  const texts = await Promise.all((await filesIn(folder)).map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.join('\n')
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

describe('the folder of a file store', () => {
  it('is made when it is first used, and not before', async () => {
    const folder = await newFolder()
    const store = fileStore(folder)
    await expect(stat(folder)).rejects.toThrow('ENOENT')
    await store.read({ signal: AbortSignal.timeout(5000) })
    expect(await modeOf(folder)).toBe('700')
  })

  it('is for its owner alone, and so is every file in it', async () => {
    const folder = await newFolder()
    const process = new Process(folder)
    for (const value of ['a', 'b', 'c']) await process.set('orders', value)
    await process.compact()
    await process.set('orders', 'd')
    for (const part of ['aside', 'changes', 'snapshots']) expect(await modeOf(join(folder, part))).toBe('700')
    const files = await filesIn(folder)
    expect(files.length).toBeGreaterThan(2)
    for (const file of files) expect([file, await modeOf(file)]).toEqual([file, '600'])
  })

  it('closes its parts where a copy has left them open to others', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'changes'), { recursive: true, mode: 0o755 })
    await new Process(folder).read()
    expect(await modeOf(join(folder, 'changes'))).toBe('700')
  })

  it('keeps nothing aside once it is written', async () => {
    const folder = await newFolder()
    const process = new Process(folder)
    await process.set('orders', 'a')
    await process.compact()
    expect(await readdir(join(folder, 'aside'))).toEqual([])
  })

  it('holds what was replaced no longer than a moment', async () => {
    const folder = await newFolder()
    const process = new Process(folder)
    await process.set('orders', 'former secret')
    await process.set('orders', 'current secret')
    for (let text = await textIn(folder); text.includes('former secret'); text = await textIn(folder))
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await textIn(folder)).toContain('current secret')
  })

  it('keeps few files, however many changes there are', async () => {
    const folder = await newFolder()
    const process = new Process(folder)
    for (let change = 0; change < 30; change += 1) await process.set('orders', `a ${change}`)
    await process.compact()
    expect(await filesIn(folder)).toHaveLength(2)
    expect(await process.find('orders')).toMatchObject({ value: 'a 29' })
  })

  it('is resolved once, so that a change of the working directory does not matter', () => {
    expect(fileStore('keys').name).toBe(`file store ${join(process.cwd(), 'keys')}`)
  })

  it.each([undefined, '', 7])('cannot be %p', (folder) => {
    expect(() => fileStore(folder as string)).toThrow('fileStore: option `folder`')
  })
})

describe('a file store that is not what it was', () => {
  async function startedStore(): Promise<{ folder: string; process: Process }> {
    const folder = await newFolder()
    const process = new Process(folder)
    await process.set('orders', 'a')
    return { folder, process }
  }

  it('says so if it was emptied, and made again by somebody else', async () => {
    const { folder, process } = await startedStore()
    await process.set('orders', 'b')
    const { revision } = await process.read()
    await rm(folder, { recursive: true, maxRetries: 10 })
    await new Process(folder).set('invoices', 'a')
    const contents = await process.read(revision)
    expect(contents).toMatchObject({ isReset: true, records: [{ id: 'invoices' }] })
    expect(contents.removed).toBeUndefined()
    expect(await process.set('orders', 'c')).toBeDefined()
  })

  it.each([0, 1, 3, 100])('says so if it was restored from a backup, after %p further changes', async (changes) => {
    const { folder, process } = await startedStore()
    const backup = `${folder}.backup`
    await cp(folder, backup, { recursive: true })
    const lost = await process.set('orders', 'lost')
    await process.set('invoices', 'lost')
    const { revision } = await process.read()
    await rm(folder, { recursive: true, maxRetries: 10 })
    await cp(backup, folder, { recursive: true })
    for (let change = 0; change < changes; change += 1) await new Process(folder).set('invoices', `b ${change}`)

    const { isReset, records } = await process.read(revision)
    expect(isReset).toBe(true)
    expect(records).toContainEqual(expect.objectContaining({ id: 'orders', value: 'a' }))
    // What has seen the lost write cannot go on from it.
    expect(await process.write({ id: 'orders', value: 'stale', ifRevision: lost })).toBeUndefined()
    expect(await process.set('orders', 'c')).toBeDefined()
  })

  it('does not say so to one who has only missed much', async () => {
    const { process } = await startedStore()
    const { revision } = await process.read()
    for (let change = 0; change < 5; change += 1) await process.set('orders', `b ${change}`)
    await process.compact()
    const contents = await process.read(revision)
    expect(contents).toMatchObject({ isReset: false, records: [{ id: 'orders', value: 'b 4' }] })
  })

  it('is out of order while its folder is gone, and makes no other one', async () => {
    const { folder, process } = await startedStore()
    const { revision } = await process.read()
    await rm(folder, { recursive: true, maxRetries: 10 })
    await expect(process.read(revision)).rejects.toThrow('ENOENT')
    await expect(process.set('orders', 'b')).rejects.toThrow('ENOENT')
    await expect(stat(folder)).rejects.toThrow('ENOENT')
  })

  it.each<[string, (folder: string) => Promise<void>, string]>([
    [
      'a change was cut off',
      (folder) => writeFile(join(folder, 'changes/2'), '{"nonce":"secr'),
      'changes/2 cannot be read',
    ],
    ['a change is missing', (folder) => rm(join(folder, 'changes/2')), 'changes/2 is missing'],
    ['the first change is missing', (folder) => rm(join(folder, 'changes/0')), 'changes/0 is missing'],
  ])('names the file if %s, quotes nothing and writes nothing', async (_, damage, message) => {
    const { folder, process } = await startedStore()
    await process.set('invoices', 'a')
    await process.set('returns', 'a')
    await damage(folder)
    const before = await filesIn(folder)
    const other = new Process(folder)
    await expect(other.read()).rejects.toThrow(message)
    await expect(other.write({ id: 'new', value: 'x', ifRevision: undefined })).rejects.toThrow(message)
    await expect(other.read()).rejects.not.toThrow('secr')
    expect(await filesIn(folder)).toEqual(before)
  })

  it('names the snapshot if that was cut off', async () => {
    const { folder, process } = await startedStore()
    await process.compact()
    await writeFile(join(folder, 'snapshots/1'), '{"number":1,"line')
    await expect(new Process(folder).read()).rejects.toThrow('snapshots/1 cannot be read')
  })
})

describe('a write that comes too late', () => {
  it('does not take place after its process was suspended', async () => {
    const folder = await newFolder()
    const clock = new ManualClock()
    const files = filesWith((_, name) => {
      if (name === 'writeFile') clock.advance(10 * 60_000)
    })
    await new Process(folder).set('other', 'a')
    const late = new FileStore(folder, clock, files)
    const options = { signal: new AbortController().signal, within: 2000 }
    await expect(late.write({ id: 'orders', value: 'a', ifRevision: undefined }, options)).rejects.toThrow(
      'the write took too long, and was given up',
    )
    expect(await new Process(folder).find('orders')).toEqual({})
  })

  it('does not take place after nobody waits for it any more', async () => {
    const folder = await newFolder()
    const caller = new AbortController()
    const files = filesWith((_, name) => {
      if (name === 'writeFile') caller.abort(new Error('nobody waits'))
    })
    await new Process(folder).set('other', 'a')
    const late = new FileStore(folder, systemClock, files)
    const options = { signal: caller.signal, within: 2000 }
    await expect(late.write({ id: 'orders', value: 'a', ifRevision: undefined }, options)).rejects.toThrow(
      'nobody waits',
    )
    expect(await new Process(folder).find('orders')).toEqual({})
  })
})
