import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import type { RemoteJwksKeyProviderOptions } from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { keySourceChannel } from '../../../../src/keys/remote/source-events.ts'
import { refuseConnection } from '../../../support/fake-fetch.ts'
import { issuer, jwksUrl } from '../../../support/foreign-issuer.ts'
import { foreign, junk, found, metadataUrl, type Setting, setting } from '../remote-setting.ts'

const withSecret = `${jwksUrl}?code=s3cret`
/** Metadata may name such a URL. An option may not. */
const withFragment = `${withSecret}#s3cret`

type Answer = object | number | (() => Response | Promise<Response>)

const failures: readonly (readonly [string, Answer])[] = [
  ['an error', 500],
  ['a refusal', 401],
  ['a refused connection', refuseConnection],
  ['a page', () => new Response('<html>')],
  ['an empty set', { keys: [] }],
  ['a set without a key', {}],
  ['a set that is too long', () => new Response('x'.repeat(2000))],
  ['a response that never arrives', () => new Promise(() => undefined)],
  ['a 304 to an unconditional request', () => new Response(null, { status: 304 })],
]

/** Everything that a source reports. */
async function everythingSaid({ keys }: Setting): Promise<string> {
  const said: unknown[] = []
  const listen = (message: unknown): void => void said.push(message)
  subscribe(keySourceChannel, listen)
  await keys.ready().catch((error: unknown) => said.push(error))
  await found(keys, junk()).catch((error: unknown) => said.push(error))
  await keys.refresh({ force: true }).catch((error: unknown) => said.push(error))
  unsubscribe(keySourceChannel, listen)
  return [...said, keys.health(), keys.snapshot()].map((one) => inspect(one, { depth: 20 })).join('\n')
}

const limits = { maxBodyBytes: 1000, requestTimeout: '50ms' } as const

describe('no message, event, health or snapshot contains the query of a JWKS URL', () => {
  it.each(failures)('when the response is %s', async (_, answer) => {
    const one = setting({ jwksUrl: withSecret, ...limits })
    one.remote.answers.set(withSecret, answer)
    const said = await everythingSaid(one)
    expect(said).toContain(jwksUrl)
    expect(said).not.toContain('s3cret')
  })

  it.each(failures)('when metadata names the URL, and the response is %s', async (_, answer) => {
    const one = setting({ issuer, ...limits })
    one.remote.answers.set(metadataUrl, { issuer, jwks_uri: withFragment })
    one.remote.answers.set(withFragment, answer)
    const said = await everythingSaid(one)
    expect(said).toContain(jwksUrl)
    expect(said).not.toContain('s3cret')
  })

  it('when the fetch succeeds', async () => {
    const one = setting({ jwksUrl: withSecret })
    one.remote.answers.set(withSecret, foreign.jwks)
    const said = await everythingSaid(one)
    expect(said).toContain(jwksUrl)
    expect(said).not.toContain('s3cret')
  })
})

describe('a configuration error does not quote the URL', () => {
  it.each<[string, Partial<RemoteJwksKeyProviderOptions>]>([
    ['a jwksUrl with user information', { jwksUrl: 'https://user:s3cret@a.example' }],
    ['a jwksUrl over plain http', { jwksUrl: 'http://a.example?s3cret' }],
    ['a jwksUrl that is not a URL', { jwksUrl: 's3cret' }],
    ['an issuer with user information', { issuer: 'https://user:s3cret@a.example' }],
    ['a URL as a host', { jwksHosts: ['https://user:s3cret@a.example'] }],
  ])('about %s', (_, options) => {
    expect(() => setting(options)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.not.stringContaining('s3cret') }),
    )
  })
})

describe('a snapshot of a JWKS URL with a query', () => {
  it('is accepted only by a source with the same query', async () => {
    const one = setting({ jwksUrl: withSecret })
    one.remote.answers.set(withSecret, foreign.jwks)
    await one.keys.ready()
    const snapshot = one.keys.snapshot()
    expect(await found(setting({ jwksUrl: withSecret, snapshot }).keys)).toMatchObject({ count: 1 })
    expect(() => setting({ jwksUrl, snapshot })).toThrow(/of another source/)
    expect(() => setting({ jwksUrl: `${jwksUrl}?code=other`, snapshot })).toThrow(/of another source/)
  })
})
