import { inspect } from 'node:util'
import { KeySourceUnavailableError } from '../../../../src/errors.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import {
  type RequestHeaderOption,
  RequestHeaders,
  type RequestHeaderSettings,
} from '../../../../src/keys/remote/fetching/request-headers.ts'
import { FakeFetch } from '../../../support/fake-fetch.ts'
import { ForeignIssuer } from '../../../support/foreign-issuer.ts'
import { foreignPromise, thenable } from '../../../support/promises.ts'

const issuer = 'https://issuer.example.com/realm'
const jwksUrl = 'https://issuer.example.com/jwks'
const none = { issuer: undefined, metadataUrl: undefined, jwksUrl: undefined, jwksHosts: undefined }

async function sent(settings: Partial<RequestHeaderSettings>, url: string): Promise<unknown> {
  const own = { userAgent: 'orders/1', headers: { authorization: 'Bearer secret' }, ...none, ...settings }
  return new RequestHeaders(own).of(url, new AbortController().signal)
}

const withSecret = { 'user-agent': 'orders/1', authorization: 'Bearer secret' }
const without = { 'user-agent': 'orders/1' }

describe('the option `headers`', () => {
  it.each<[string, Partial<RequestHeaderSettings>, string]>([
    ['the metadata of the issuer', { issuer }, 'https://issuer.example.com/realm/.well-known/openid-configuration'],
    ['keys on the origin of the issuer', { issuer }, 'https://issuer.example.com/jwks'],
    ['a host that jwksHosts names', { issuer, jwksHosts: ['keys.example.com'] }, 'https://keys.example.com/jwks'],
    ['the configured URL', { jwksUrl: 'https://keys.example.com/jwks' }, 'https://keys.example.com/jwks'],
    ['the configured URL, in any case', { jwksUrl: 'https://Keys.example.com' }, 'https://Keys.example.com'],
  ])('is sent to %s', async (_, settings, url) => {
    expect(await sent(settings, url)).toEqual(withSecret)
  })

  it.each<[string, Partial<RequestHeaderSettings>, string]>([
    ['another host', { issuer }, 'https://keys.example.com/jwks'],
    ['another port', { issuer }, 'https://issuer.example.com:8443/jwks'],
    ['a subdomain of the issuer', { issuer }, 'https://keys.issuer.example.com/jwks'],
    ['plain http', { issuer: 'https://localhost' }, 'http://localhost/jwks'],
    ['a port that jwksHosts does not name', { issuer, jwksHosts: ['k.example'] }, 'https://k.example:8443/jwks'],
    ['a URL if the issuer is only a name', { issuer: 'accounts' }, 'https://keys.example.com/jwks'],
  ])('is not sent to %s', async (_, settings, url) => {
    expect(await sent(settings, url)).toEqual(without)
  })
})

describe('a header of the application', () => {
  it.each(['user-agent', 'User-Agent', 'USER-AGENT'])('replaces the default of the same name: %s', async (name) => {
    const { keys, remote } = withHeaders({ [name]: 'mine' })
    await keys.ready()
    expect(remote.requests.map(({ init }) => new Headers(init.headers).get('user-agent'))).toEqual(['mine'])
  })

  it('is trimmed of white space, such as the line break at the end of a file', async () => {
    const { keys, remote } = withHeaders({ authorization: 'Bearer secret\n' })
    await keys.ready()
    expect(remote.requests[0]?.init.headers).toMatchObject({ authorization: 'Bearer secret' })
  })
})

function withHeaders(
  headers: unknown,
  options: Partial<RemoteJwksKeyProviderOptions> = {},
): { keys: RemoteJwksKeyProvider; remote: FakeFetch } {
  const remote = new FakeFetch({ [jwksUrl]: new ForeignIssuer().jwks })
  const given = { jwksUrl, fetch: remote.fetch, headers: headers as RequestHeaderOption, ...options }
  return { keys: new RemoteJwksKeyProvider(given), remote }
}

/** Values that cannot be sent, and the error messages for them. */
const unusable: readonly (readonly [string, unknown, string])[] = [
  ['a string', 's3cret', 'must be an object of strings'],
  ['null', null, 'must be an object of strings'],
  ['a value that is not a string', { a: 5 }, 'must be an object of strings'],
  ['a value that is undefined', { a: undefined }, 'must be an object of strings'],
  ['Headers', new Headers({ a: 's3cret' }), 'must be an object of strings'],
  ['a Map', new Map([['a', 's3cret']]), 'must be an object of strings'],
  ['an array of pairs', [['a', 's3cret']], 'must be an object of strings'],
  [
    'a value with a line break',
    { Authorization: 'Bearer s3cret\r\nx: y' },
    'has a value that is not allowed, for Authorization',
  ],
  ['a value outside Latin-1', { authorization: 's3cret→' }, 'has a value that is not allowed, for authorization'],
  [
    'a value with a null character',
    { authorization: 's3cret\0a' },
    'has a value that is not allowed, for authorization',
  ],
  ['a name with a space', { 'x y': 's3cret' }, 'has a field name that is not allowed: x y'],
  ['an empty name', { '': 's3cret' }, 'has a field name that is not allowed: '],
]

describe('headers that cannot be sent', () => {
  it.each(unusable)('are refused at construction and not printed: %s', (_, headers, reason) => {
    expect(() => withHeaders(headers)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        option: 'headers',
        message: `RemoteJwksKeyProvider: option \`headers\` ${reason}`,
      }),
    )
  })

  it.each(unusable)(
    'cause an outage and are not printed if a function returns them: %s',
    async (_, headers, reason) => {
      const { keys, remote } = withHeaders(() => headers)
      const failure = (await keys.ready().catch((error: unknown) => error)) as KeySourceUnavailableError
      expect(failure).toBeInstanceOf(KeySourceUnavailableError)
      expect(failure.message).toBe(`${jwksUrl}: the result of the option \`headers\` ${reason}`)
      expect(inspect(failure, { depth: 20 })).not.toContain('s3cret')
      expect(remote.requests).toEqual([])
    },
  )
})

describe('a function in the option `headers`', () => {
  it.each<[string, (asked: number) => unknown]>([
    ['them directly', (asked) => ({ authorization: `Bearer ${asked}` })],
    ['a promise', async (asked) => ({ authorization: `Bearer ${asked}` })],
    ['a promise from another realm', (asked) => foreignPromise({ authorization: `Bearer ${asked}` })],
    ['an object with a `then`', (asked) => thenable({ authorization: `Bearer ${asked}` })],
  ])('is called before each request, and may return %s', async (_, answer) => {
    let asked = 0
    const { keys, remote } = withHeaders(() => answer((asked += 1)))
    await keys.ready()
    await keys.refresh({ force: true })
    const sentNow = remote.requests.map(({ init }) => new Headers(init.headers).get('authorization'))
    expect(sentNow).toEqual(['Bearer 1', 'Bearer 2'])
  })

  it('is called again for the retry, and for metadata', async () => {
    let asked = 0
    const headers = (): Record<string, string> => ({ 'x-asked': String((asked += 1)) })
    const { keys, remote } = withHeaders(headers, { jwksUrl: undefined, issuer })
    remote.answers.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: jwksUrl })
    remote.answers.set(jwksUrl, 503)
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    const sentNow = remote.requests.map(({ init }) => new Headers(init.headers).get('x-asked'))
    expect(sentNow).toEqual(remote.requests.map((_, index) => String(index + 1)))
    expect(sentNow.length).toBeGreaterThan(2)
  })

  it('is not called for a host that its headers are not sent to', async () => {
    let asked = 0
    const settings = { headers: () => ({ asked: String((asked += 1)) }), issuer }
    expect(await sent(settings, 'https://elsewhere.example/jwks')).toEqual(without)
    expect(asked).toBe(0)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no token file')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no token file'))],
  ])('causes an outage with the cause if it %s', async (_, headers) => {
    const { keys, remote } = withHeaders(headers)
    await expect(keys.ready()).rejects.toMatchObject({
      code: 'key_source_unavailable',
      message: `${jwksUrl}: the option \`headers\` failed`,
      cause: expect.objectContaining({ cause: new Error('no token file') }),
    })
    expect(remote.requests).toEqual([])
  })

  it('causes an outage if it does not settle in time', async () => {
    const { keys } = withHeaders(() => new Promise(() => undefined), { requestTimeout: '30ms' })
    await expect(keys.ready()).rejects.toThrow(`${jwksUrl}: the option \`headers\` did not answer in time`)
  })

  it('works again after a failure', async () => {
    let token: string | undefined
    const { keys } = withHeaders(async () => {
      if (token === undefined) throw new Error('no token file')
      return { authorization: token }
    })
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    token = 'Bearer late'
    await expect(keys.ready()).resolves.toBeUndefined()
  })
})

describe('metadata that names keys on another host', () => {
  const elsewhere = 'https://keys.example.net/jwks'
  const location = `${issuer}/.well-known/openid-configuration`
  const headers = { authorization: 'Bearer secret' }

  function remoteWith(answer: object | number): FakeFetch {
    return new FakeFetch({ [location]: { issuer, jwks_uri: elsewhere }, [elsewhere]: answer })
  }

  it.each([
    [undefined, null],
    [['keys.example.net'], 'Bearer secret'],
  ])('and jwksHosts %p: the host receives the authorization %p', async (jwksHosts, authorization) => {
    const remote = remoteWith(new ForeignIssuer().jwks)
    await new RemoteJwksKeyProvider({ issuer, headers, jwksHosts, fetch: remote.fetch }).ready()
    const sentTo = remote.requests.map(({ url, init }) => [url, new Headers(init.headers).get('authorization')])
    expect(sentTo).toEqual([
      [location, 'Bearer secret'],
      [elsewhere, authorization],
    ])
  })

  it('withholds the option `headers` from that host, and the error says so', async () => {
    const keys = new RemoteJwksKeyProvider({ issuer, headers, fetch: remoteWith(401).fetch })
    await expect(keys.ready()).rejects.toThrow(
      `${elsewhere}: status 401 (the option \`headers\` was not sent: jwksHosts does not name the host)`,
    )
  })
})
