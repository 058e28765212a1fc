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
    ['the URL that was configured', { jwksUrl: 'https://keys.example.com/jwks' }, 'https://keys.example.com/jwks'],
    [
      'the URL that was configured, in whatever case',
      { jwksUrl: 'https://Keys.example.com' },
      'https://Keys.example.com',
    ],
  ])('goes to %s', async (_, settings, url) => {
    expect(await sent(settings, url)).toEqual(withSecret)
  })

  it.each<[string, Partial<RequestHeaderSettings>, string]>([
    ['another host', { issuer }, 'https://keys.example.com/jwks'],
    ['another port', { issuer }, 'https://issuer.example.com:8443/jwks'],
    ['a host below the one of the issuer', { issuer }, 'https://keys.issuer.example.com/jwks'],
    ['plain http', { issuer: 'https://localhost' }, 'http://localhost/jwks'],
    ['another port than jwksHosts names', { issuer, jwksHosts: ['k.example'] }, 'https://k.example:8443/jwks'],
    ['a URL while the issuer is only a name', { issuer: 'accounts' }, 'https://keys.example.com/jwks'],
  ])('does not go to %s', async (_, settings, url) => {
    expect(await sent(settings, url)).toEqual(without)
  })
})

describe('a header of the application', () => {
  it.each(['user-agent', 'User-Agent', 'USER-AGENT'])('replaces our own of the same name: %s', async (name) => {
    const { keys, remote } = withHeaders({ [name]: 'mine' })
    await keys.ready()
    expect(remote.requests.map(({ init }) => new Headers(init.headers).get('user-agent'))).toEqual(['mine'])
  })

  it('loses the white space around its value, such as the line break at the end of a file', async () => {
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

/** Values that cannot be sent, and what is said of them. */
const unusable: readonly (readonly [string, unknown, string])[] = [
  ['no object', 's3cret', 'must be an object of strings'],
  ['null', null, 'must be an object of strings'],
  ['a value that is no string', { a: 5 }, 'must be an object of strings'],
  ['a value that is undefined', { a: undefined }, 'must be an object of strings'],
  ['Headers', new Headers({ a: 's3cret' }), 'must be an object of strings'],
  ['a Map', new Map([['a', 's3cret']]), 'must be an object of strings'],
  ['a list of pairs', [['a', 's3cret']], 'must be an object of strings'],
  [
    'a value with a line break',
    { Authorization: 'Bearer s3cret\r\nx: y' },
    'has a value that is not allowed, for Authorization',
  ],
  ['a value outside of Latin-1', { authorization: 's3cret→' }, 'has a value that is not allowed, for authorization'],
  ['a value with a null', { authorization: 's3cret\0a' }, 'has a value that is not allowed, for authorization'],
  ['a name with a space', { 'x y': 's3cret' }, 'has a field name that is not allowed: x y'],
  ['no name', { '': 's3cret' }, 'has a field name that is not allowed: '],
]

describe('headers that cannot be sent', () => {
  it.each(unusable)('are refused at construction, and not shown: %s', (_, headers, reason) => {
    expect(() => withHeaders(headers)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        option: 'headers',
        message: `RemoteJwksKeyProvider: option \`headers\` ${reason}`,
      }),
    )
  })

  it.each(unusable)(
    'are an outage where a function answers with them, and not shown: %s',
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
    ['at once', (asked) => ({ authorization: `Bearer ${asked}` })],
    ['with a promise', async (asked) => ({ authorization: `Bearer ${asked}` })],
    ['with a promise of another realm', (asked) => foreignPromise({ authorization: `Bearer ${asked}` })],
    ['with an object with a `then`', (asked) => thenable({ authorization: `Bearer ${asked}` })],
  ])('is asked before each request, and may answer %s', async (_, answer) => {
    let asked = 0
    const { keys, remote } = withHeaders(() => answer((asked += 1)))
    await keys.ready()
    await keys.refresh({ force: true })
    const sentNow = remote.requests.map(({ init }) => new Headers(init.headers).get('authorization'))
    expect(sentNow).toEqual(['Bearer 1', 'Bearer 2'])
  })

  it('is asked again for the retry, and for metadata', async () => {
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

  it('is not asked for a host that does not get its answer', async () => {
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
  ])('makes an outage where it %s, with the cause kept', async (_, headers) => {
    const { keys, remote } = withHeaders(headers)
    await expect(keys.ready()).rejects.toMatchObject({
      code: 'key_source_unavailable',
      message: `${jwksUrl}: the option \`headers\` failed`,
      cause: expect.objectContaining({ cause: new Error('no token file') }),
    })
    expect(remote.requests).toEqual([])
  })

  it('makes an outage where it does not answer in time', async () => {
    const { keys } = withHeaders(() => new Promise(() => undefined), { requestTimeout: '30ms' })
    await expect(keys.ready()).rejects.toThrow(`${jwksUrl}: the option \`headers\` did not answer in time`)
  })

  it('serves again once it works again', async () => {
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
  ])('with jwksHosts %p gets the authorization %p', async (jwksHosts, authorization) => {
    const remote = remoteWith(new ForeignIssuer().jwks)
    await new RemoteJwksKeyProvider({ issuer, headers, jwksHosts, fetch: remote.fetch }).ready()
    const sentTo = remote.requests.map(({ url, init }) => [url, new Headers(init.headers).get('authorization')])
    expect(sentTo).toEqual([
      [location, 'Bearer secret'],
      [elsewhere, authorization],
    ])
  })

  it('does not get them, and the error says so', async () => {
    const keys = new RemoteJwksKeyProvider({ issuer, headers, fetch: remoteWith(401).fetch })
    await expect(keys.ready()).rejects.toThrow(
      `${elsewhere}: status 401 (the option \`headers\` was not sent: jwksHosts does not name the host)`,
    )
  })
})
