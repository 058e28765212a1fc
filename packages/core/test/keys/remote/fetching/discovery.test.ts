import { KeySourceUnavailableError } from '../../../../src/errors.ts'
import { discoverJwksUrl, metadataLocations } from '../../../../src/keys/remote/fetching/discovery.ts'
import { FakeFetch, refuseConnection } from '../../../support/fake-fetch.ts'

const issuer = 'https://issuer.example.com'
const oidc = `${issuer}/.well-known/openid-configuration`
const rfc8414 = `${issuer}/.well-known/oauth-authorization-server`
const jwksUri = 'https://keys.example.com/jwks'

function discover(remote: FakeFetch, one = issuer, jwksHosts?: readonly string[]): Promise<string> {
  const deadline = new AbortController().signal
  const limits = { fetch: remote.fetch, headersFor: () => ({}), maxBytes: 256 * 1024, deadline }
  return discoverJwksUrl({ issuer: one, metadataUrl: undefined, jwksHosts, insecureHosts: [] }, limits)
}

describe('the locations of metadata', () => {
  it.each([
    ['https://a.example', ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']],
    ['https://a.example/', ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']],
    ...['t', 't/u', '%41'].flatMap((path) =>
      [path, `${path}/`].map((spelled): [string, string[]] => [
        `https://a.example/${spelled}`,
        [
          `/${path}/.well-known/openid-configuration`,
          `/.well-known/oauth-authorization-server/${path}`,
          `/.well-known/openid-configuration/${path}`,
        ],
      ]),
    ),
  ])('of %s', (one, paths) => {
    expect(metadataLocations(one)).toEqual(paths.map((path) => `https://a.example${path}`))
  })

  it('include the port', () => {
    expect(metadataLocations('http://127.0.0.1:8080/t')[0]).toBe(
      'http://127.0.0.1:8080/t/.well-known/openid-configuration',
    )
  })
})

const page = (): Response => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })

/** Responses that mean that there is no metadata. */
const notHere: readonly (readonly [string, number | object | (() => Response)])[] = [
  ...[204, 206, 301, 302, 307, 400, 401, 403, 404, 405, 406, 410].map(
    (status) => [`status ${status}`, status] as const,
  ),
  ['a page', page],
  ['an empty body', () => new Response('')],
  ['an array', () => new Response('[]')],
  ['a string', () => new Response('"not found"')],
  ['truncated JSON', () => new Response('{"issuer":')],
  ['an object that is not metadata', { error: 'not found' }],
  ['an object whose issuer is null', { issuer: null }],
  ['an object whose issuer is an array', { issuer: [issuer], jwks_uri: jwksUri }],
]

describe('discovery', () => {
  it('takes the JWKS URL from OpenID Connect Discovery', async () => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: jwksUri } })
    expect(await discover(remote)).toBe(jwksUri)
    expect(remote.urls).toEqual([oidc])
  })

  it.each(notHere)('fetches RFC 8414 metadata if the first location returns %s', async (_, answer) => {
    const remote = new FakeFetch({ [oidc]: answer, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    expect(await discover(remote)).toBe(jwksUri)
    expect(remote.urls).toEqual([oidc, rfc8414])
  })

  it.each(notHere)('fetches the third location (RFC 8414 §5) if both return %s', async (_, answer) => {
    const tenant = `${issuer}/tenant`
    const [first, second, third] = metadataLocations(tenant) as [string, string, string]
    const remote = new FakeFetch({ [first]: answer, [second]: answer, [third]: { issuer: tenant, jwks_uri: jwksUri } })
    expect(await discover(remote, tenant)).toBe(jwksUri)
    expect(remote.urls).toEqual([first, second, third])
  })

  it.each([429, 500, 502, 503, 504])('stops at an outage: %s', async (status) => {
    const remote = new FakeFetch({ [oidc]: status, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it('stops if the server does not respond', async () => {
    const remote = new FakeFetch({ [oidc]: refuseConnection, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it('stops if the document is too long', async () => {
    const long = (): Response => new Response('a'.repeat(256 * 1024 + 1))
    const remote = new FakeFetch({ [oidc]: long, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(/more than 262144 bytes/)
    expect(remote.urls).toEqual([oidc])
  })

  it('reports the response of each location if there is no metadata', async () => {
    await expect(discover(new FakeFetch({ [oidc]: 401, [rfc8414]: page }))).rejects.toThrow(
      `${issuer}: neither OpenID Connect Discovery nor RFC 8414 metadata was found ` +
        `(${oidc}: status 401; ${rfc8414}: no metadata)`,
    )
  })

  it.each([
    ['another host', 'https://evil.example.com'],
    ['with a trailing slash', `${issuer}/`],
    ['in another case', 'https://Issuer.example.com'],
    ['with the default port', `${issuer}:443`],
    ['empty', ''],
  ])('refuses a document whose issuer is not identical: %s', async (_, claimed) => {
    for (const location of [oidc, rfc8414]) {
      const remote = new FakeFetch({ [location]: { issuer: claimed, jwks_uri: jwksUri } })
      await expect(discover(remote)).rejects.toThrow(/another issuer/)
    }
  })

  it.each([`${issuer}/`, `${issuer}/tenant/`, `${issuer}/tenant`])(
    'compares the issuer, with its path, exactly as configured: %s',
    async (one) => {
      const [location = ''] = metadataLocations(one)
      expect(await discover(new FakeFetch({ [location]: { issuer: one, jwks_uri: jwksUri } }), one)).toBe(jwksUri)
      const other = one.endsWith('/') ? one.slice(0, -1) : `${one}/`
      const mismatch = new FakeFetch({ [location]: { issuer: other, jwks_uri: jwksUri } })
      await expect(discover(mismatch, one)).rejects.toThrow(/another issuer/)
    },
  )

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['an array', [jwksUri]],
    ['empty', ''],
    ['relative', '/jwks'],
    ['plain http', 'http://keys.example.com/jwks'],
    ['plain http to a private address', 'http://169.254.169.254/latest'],
    ['a file', 'file:///etc/passwd'],
    ['with user information', 'https://user:secret@keys.example.com/jwks'],
  ])('refuses a jwks_uri that is not a protected URL: %s', async (_, uri) => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it('names both issuers if the document belongs to another one', async () => {
    const remote = new FakeFetch({ [oidc]: { issuer: `${issuer}/`, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(
      `${oidc}: the document is of another issuer: it names "${issuer}/", and not "${issuer}"`,
    )
  })

  it('shows the other issuer shortened, on one line, and without its query', async () => {
    const other = `https://user:secret@a.example/\r\n${'a'.repeat(5000)}?secret`
    const remote = new FakeFetch({ [oidc]: { issuer: other, jwks_uri: jwksUri } })
    const failure = (await discover(remote).catch((error: unknown) => error)) as Error
    expect(failure.message).toContain('it names "https://a.example/??aaaa')
    expect(failure.message).not.toMatch(/secret|[\r\n]/)
    expect(failure.message.length).toBeLessThan(400)
  })

  it.each([429, 500, 503])('treats the status %s as a transient fault', async (status) => {
    await expect(discover(new FakeFetch({ [oidc]: status }))).rejects.toMatchObject({ isTransient: true })
  })

  it.each([400, 401, 403])('treats the status %s as a permanent fault', async (status) => {
    await expect(discover(new FakeFetch({ [oidc]: status }))).rejects.toMatchObject({ isTransient: false })
  })

  it('reports the `Retry-After` of the server', async () => {
    const busy = (): Response => new Response(null, { status: 503, headers: { 'retry-after': '7' } })
    await expect(discover(new FakeFetch({ [oidc]: busy }))).rejects.toMatchObject({ retryAfter: 7 })
  })
})

describe('the hosts of a jwks_uri', () => {
  it.each<[string, string, readonly string[]]>([
    ['one host', jwksUri, ['keys.example.com']],
    ['several hosts', jwksUri, ['issuer.example.com', 'keys.example.com']],
    ['one host with its port', 'https://keys.example.com:8443/jwks', ['keys.example.com:8443']],
  ])('may be limited to %s', async (_, uri, hosts) => {
    expect(await discover(new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } }), issuer, hosts)).toBe(uri)
  })

  it.each<[string, string]>([
    ['another host', 'https://evil.example.net/jwks'],
    ['a subdomain', 'https://a.keys.example.com/jwks'],
    ['a host with the same ending', 'https://evilkeys.example.com/jwks'],
    ['the same host on another port', 'https://keys.example.com:8443/jwks'],
  ])('are refused if jwksHosts does not name them: %s', async (_, uri) => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } })
    await expect(discover(remote, issuer, ['keys.example.com'])).rejects.toThrow(/jwksHosts/)
    expect(remote.urls).toEqual([oidc])
  })
})

/** Discovers the `jwks_uri` in the metadata of the issuer. */
function named(uri: string, one: string, hosts?: readonly string[]): Promise<string> {
  const [location = ''] = metadataLocations(one)
  return discover(new FakeFetch({ [location]: { issuer: one, jwks_uri: uri } }), one, hosts)
}

describe('metadata of a public issuer', () => {
  const inside = [
    'https://localhost/jwks',
    'https://keys.localhost/jwks',
    'https://127.0.0.1/jwks',
    'https://127.0.0.1:8443/jwks',
    'https://2130706433/jwks',
    'https://0x7f.1/jwks',
    'https://0.0.0.0/jwks',
    'https://10.0.0.5/jwks',
    'https://172.20.0.5/jwks',
    'https://192.168.1.1/jwks',
    'https://169.254.169.254/latest',
    'https://[::1]/jwks',
    'https://[fe80::1]/jwks',
    'https://[fd00::1]/jwks',
    'https://[::ffff:169.254.169.254]/latest',
    'http://127.0.0.1:8080/jwks',
    'http://localhost/jwks',
    'http://[::1]:8080/jwks',
  ]

  it.each(inside)('may not name keys on this machine or its network: %s', async (uri) => {
    await expect(named(uri, issuer)).rejects.toThrow(/`jwks_uri` is on a loopback, private or link-local address/)
  })

  it.each(inside)('may name keys there if jwksHosts names the host: %s', async (uri) => {
    expect(await named(uri, issuer, [new URL(uri).host])).toBe(uri)
  })

  it('may not name keys on a port that jwksHosts does not name', async () => {
    await expect(named('https://10.0.0.5:6379/jwks', issuer, ['10.0.0.5'])).rejects.toThrow(/jwksHosts/)
  })

  it.each(['http://10.0.0.5/jwks', 'http://keys.example.com/jwks'])(
    'may not name keys over plain http, even if jwksHosts names the host: %s',
    async (uri) => {
      await expect(named(uri, issuer, [new URL(uri).host])).rejects.toThrow(/not an https URL/)
    },
  )
})

describe('metadata of an issuer on this machine or its network', () => {
  it.each([
    ['https://10.0.0.5/realm', 'https://10.0.0.5/realm/jwks'],
    ['https://10.0.0.5:8443', 'https://10.0.0.5:8443/jwks'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:9090/jwks'],
    ['http://localhost:8080', 'http://[::1]:9090/jwks'],
    ['https://localhost', 'http://127.0.0.1:9090/jwks'],
    ['https://localhost', 'https://10.0.0.5/jwks'],
  ])('of %s may name keys at %s', async (one, uri) => {
    expect(await named(uri, one)).toBe(uri)
  })

  it.each([
    ['https://10.0.0.5', 'https://10.0.0.6/jwks'],
    ['https://10.0.0.5', 'https://10.0.0.5:8443/jwks'],
    ['https://10.0.0.5', 'http://127.0.0.1/jwks'],
    ['http://127.0.0.1:8080', 'http://10.0.0.5/jwks'],
  ])('of %s may not name keys at %s', async (one, uri) => {
    await expect(named(uri, one)).rejects.toThrow(KeySourceUnavailableError)
  })
})
