import { PassThrough } from 'node:stream'
import type { HttpRequest } from '../../../src/http-message.ts'
import { formOf } from '../../../src/http/form/form.ts'

const headers = { 'content-type': 'application/x-www-form-urlencoded' }

/** A request whose body comes from a stream, as with Node's own requests. */
function streamed(...chunks: string[]): HttpRequest & PassThrough {
  const stream = Object.assign(new PassThrough(), { method: 'POST', headers })
  for (const chunk of chunks) stream.write(chunk)
  return stream
}

function ended(...chunks: string[]): HttpRequest {
  const stream = streamed(...chunks)
  stream.end()
  return stream
}

const parsed: HttpRequest = { method: 'POST', headers }

function entriesOf(form: object | string): unknown {
  return typeof form === 'string' ? form : Object.entries(form)
}

describe('formOf', () => {
  it.each<[string, HttpRequest, unknown, object | string]>([
    ['a parsed body', parsed, { a: '1', b: '' }, { a: '1', b: '' }],
    ['a body without a prototype', parsed, Object.assign(Object.create(null), { a: '1' }), { a: '1' }],
    ['text', parsed, 'a=1&b=%20', { a: '1', b: ' ' }],
    ['bytes', parsed, Buffer.from('a=1'), { a: '1' }],
    ['no body, in pieces', ended('a', '=1&b=', '2'), undefined, { a: '1', b: '2' }],
    ['an empty object, which parsers leave for other media types', ended('a=1'), {}, { a: '1' }],
    ['an empty body', ended(), undefined, {}],
    ['a parsed body beside a stream', ended('a=2'), { a: '1' }, { a: '1' }],
    ['names of members that all objects have', ended('constructor=1'), undefined, { constructor: '1' }],
    ['a repeated parameter', ended('a=1&b=1&a=1'), undefined, 'repeated parameter'],
    ['a parsed list', parsed, { a: ['1', '2'] }, 'repeated parameter'],
    ['a parsed object', parsed, { a: { b: '1' } }, 'repeated parameter'],
    ['a body that is neither parsed nor readable', parsed, undefined, 'not a form'],
    ['a number', parsed, 1, 'not a form'],
  ])('reads %s', async (_, request, body, expected) => {
    const form = await formOf(request, body)
    expect(entriesOf(form)).toEqual(entriesOf(expected))
  })

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded-not', '', undefined])(
    'does not read a body of the type %p',
    async (type) => {
      const request = { ...parsed, headers: { 'content-type': type } }
      expect(await formOf(request, { a: '1' })).toBe('not a form')
    },
  )

  it('returns an object that inherits nothing', async () => {
    const form = (await formOf(parsed, 'a=1&__proto__=2')) as Record<string, string>
    expect(form['toString']).toBeUndefined()
    expect(Object.keys(form)).toEqual(['a', '__proto__'])
  })

  it.each([[['a=1']], [[]]])('does not read a stream that somebody else has read: %p', async (chunks) => {
    const stream = streamed(...chunks)
    stream.resume()
    stream.end()
    await new Promise((resolve) => stream.once('end', resolve))
    expect(await formOf(stream, undefined)).toBe('not a form')
  })

  it('stops at 65,536 bytes, and leaves the rest unread', async () => {
    const stream = streamed(`a=${'x'.repeat(60_000)}`, 'x'.repeat(5534), 'x')
    expect(await formOf(stream, undefined)).toBe('too large')
    expect(stream.isPaused()).toBe(true)
    // An error after that, such as a reset, ends nothing.
    stream.destroy(new Error('reset'))
  })

  it('waits five seconds for the end', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const form = formOf(streamed('a=1'), undefined)
      await jest.advanceTimersByTimeAsync(4999)
      expect(await Promise.race([form, Promise.resolve('waits')])).toBe('waits')
      await jest.advanceTimersByTimeAsync(1)
      expect(await form).toBe('too slow')
    } finally {
      jest.useRealTimers()
    }
  })

  it.each([undefined, new Error('reset')])('notices that the client has left (%p)', async (reason) => {
    const stream = streamed('a=1')
    const form = formOf(stream, undefined)
    stream.destroy(reason)
    expect(await form).toBe('incomplete')
  })

  it('leaves no listeners on the request but one for errors', async () => {
    const stream = streamed('a=1')
    const before = stream.eventNames().length
    stream.end()
    await formOf(stream, undefined)
    for (const event of ['data', 'end', 'close']) expect(stream.listenerCount(event)).toBeLessThanOrEqual(1)
    expect(stream.eventNames().length).toBeLessThanOrEqual(before + 1)
  })
})
