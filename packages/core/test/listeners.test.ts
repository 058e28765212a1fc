import { EventEmitter, once } from 'node:events'
import { callListeners } from '../src/listeners.ts'
import { harmfulListeners, unhandledIn } from './support/harmful-listeners.ts'

let warn: jest.SpyInstance

beforeEach(() => {
  warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
})

afterEach(() => warn.mockRestore())

describe.each(Object.entries(harmfulListeners))('callListeners with a listener that %s', (_, harm) => {
  it('emits a warning and still calls the other listeners', async () => {
    const emitter = new EventEmitter()
    const heard: unknown[] = []
    emitter.on('rotated', (detail) => heard.push(detail))
    emitter.on('rotated', harm)
    emitter.on('rotated', (detail) => heard.push(detail))
    const unhandled = await unhandledIn(async () => callListeners(emitter, 'rotated', 'detail'))
    expect(heard).toEqual(['detail', 'detail'])
    expect(unhandled).toEqual([])
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^a listener for rotated failed: /), 'BearerKitWarning')
  })

  it('emits a warning also for the event `error` of an emitter that captures rejections', async () => {
    const emitter = new EventEmitter({ captureRejections: true })
    emitter.on('error', harm)
    expect(await unhandledIn(async () => callListeners(emitter, 'error', new Error('a')))).toEqual([])
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe('callListeners', () => {
  it('calls the listeners in order, with the emitter as `this`', () => {
    const emitter = new EventEmitter()
    const calls: unknown[] = []
    emitter.on('a', function (this: unknown, detail) {
      calls.push([this, detail])
    })
    emitter.prependListener('a', () => calls.push('first'))
    callListeners(emitter, 'a', 1)
    expect(calls).toEqual(['first', [emitter, 1]])
  })

  it('calls a listener added by `once` only once', async () => {
    const emitter = new EventEmitter()
    const heard = once(emitter, 'a')
    callListeners(emitter, 'a', 1)
    callListeners(emitter, 'a', 2)
    expect(await heard).toEqual([1])
    expect(emitter.listenerCount('a')).toBe(0)
  })

  it('does not throw without listeners, not even for the event `error`', () => {
    expect(() => callListeners(new EventEmitter(), 'error', new Error('a'))).not.toThrow()
    expect(warn).not.toHaveBeenCalled()
  })
})
