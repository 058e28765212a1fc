import { targetUriOf, type UriRules } from '../../../src/http/dpop/target-uri.ts'
import type { HttpRequest } from '../../../src/http-message.ts'

const asAsked: UriRules = { publicUrl: undefined, trustForwarded: false }
const published: UriRules = { publicUrl: 'https://api.example.com', trustForwarded: false }
const prefixed: UriRules = { publicUrl: 'https://api.example.com/svc2', trustForwarded: false }
const trusting: UriRules = { publicUrl: undefined, trustForwarded: true }

type Row = readonly [title: string, rules: UriRules, request: Partial<HttpRequest>, expected: string | undefined]

const host = 'api.example.com'
const tls = { encrypted: true } as HttpRequest['socket']

function forwarded(headers: Readonly<Record<string, string | string[]>>): Partial<HttpRequest> {
  return { headers: { host: 'internal:8080', ...headers } }
}

const rows: readonly Row[] = [
  ['of its own host', asAsked, {}, 'http://api.example.com/me'],
  ['of a TLS connection', asAsked, { socket: tls }, 'https://api.example.com/me'],
  ['without its query', asAsked, { url: '/me?a=/b' }, 'http://api.example.com/me'],
  ['of a host with a port', asAsked, { headers: { host: 'localhost:3000' } }, 'http://localhost:3000/me'],
  ['of a host with the default port', asAsked, { headers: { host: `${host}:80` } }, 'http://api.example.com/me'],
  ['of a host in upper case', asAsked, { headers: { host: 'API.example.com' } }, 'http://api.example.com/me'],
  ['of an IPv6 address', asAsked, { headers: { host: '[::1]:3000' } }, 'http://[::1]:3000/me'],
  ['with dot segments', asAsked, { url: '/a/../me' }, 'http://api.example.com/me'],
  ['with two slashes', asAsked, { url: '//attacker.example/me' }, 'http://api.example.com//attacker.example/me'],
  ['as the client sent it', asAsked, { url: '/me', originalUrl: '/v1/me' }, 'http://api.example.com/v1/me'],
  ['in absolute form', asAsked, { url: 'http://other.example/me?a' }, 'http://other.example/me'],
  ['in absolute form without a path', asAsked, { url: 'http://other.example' }, 'http://other.example/'],
  ['in absolute form with user information', asAsked, { url: 'http://a@other.example/me' }, undefined],
  ['in asterisk form', asAsked, { url: '*' }, undefined],
  ['in authority form', asAsked, { url: 'other.example:443' }, undefined],
  ['with a fragment', asAsked, { url: '/me#a' }, undefined],
  ['with an incomplete escape', asAsked, { url: '/me%' }, undefined],
  ['without a URL', asAsked, { url: undefined }, undefined],
  ['without a host', asAsked, { headers: {} }, undefined],
  ['with an empty host', asAsked, { headers: { host: '' } }, undefined],
  ['with a path in the host', asAsked, { headers: { host: `${host}/me?` } }, undefined],
  ['with a query in the host', asAsked, { headers: { host: `${host}?` } }, undefined],
  ['with a fragment in the host', asAsked, { headers: { host: `${host}#` } }, undefined],
  ['with user information in the host', asAsked, { headers: { host: `user@${host}` } }, undefined],
  ['with a space in the host', asAsked, { headers: { host: `${host} x` } }, undefined],
  ['with a backslash in the host', asAsked, { headers: { host: `${host}\\x` } }, undefined],
  ['with two hosts in one value', asAsked, { headers: { host: `${host}, other.example` } }, undefined],
  [
    'with two Host lines, of which Node keeps one',
    asAsked,
    { rawHeaders: ['Host', host, 'hOST', 'other.example'] },
    undefined,
  ],
  ['over HTTP/2', asAsked, { headers: { ':authority': host }, socket: tls }, 'https://api.example.com/me'],
  [
    'over HTTP/2 with the same host',
    asAsked,
    { headers: { ':authority': host, host }, socket: tls },
    'https://api.example.com/me',
  ],
  ['over HTTP/2 with another host', asAsked, { headers: { ':authority': host, host: 'other.example' } }, undefined],
  [
    'with forwarding headers that are not trusted',
    asAsked,
    forwarded({ 'x-forwarded-host': host }),
    'http://internal:8080/me',
  ],
  ['of the public URL', published, { headers: { host: 'internal' } }, 'https://api.example.com/me'],
  ['of the public URL, without a host', published, { headers: {} }, 'https://api.example.com/me'],
  ['of the public URL, with a hostile host', published, { headers: { host: 'a/b?' } }, 'https://api.example.com/me'],
  ['of the public URL, in absolute form', published, { url: 'http://internal/me?a' }, 'https://api.example.com/me'],
  ['of the public URL with a prefix', prefixed, {}, 'https://api.example.com/svc2/me'],
  ['of the public URL with a prefix, at the root', prefixed, { url: '/' }, 'https://api.example.com/svc2/'],
  [
    'with the older headers',
    trusting,
    forwarded({ 'x-forwarded-proto': 'https', 'x-forwarded-host': host }),
    'https://api.example.com/me',
  ],
  [
    'with a port in a header of its own',
    trusting,
    forwarded({ 'x-forwarded-proto': 'https', 'x-forwarded-host': host, 'x-forwarded-port': '8443' }),
    'https://api.example.com:8443/me',
  ],
  [
    'with the default port in a header of its own',
    trusting,
    { headers: { host, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' } },
    'https://api.example.com/me',
  ],
  [
    'with a port in both places',
    trusting,
    forwarded({ 'x-forwarded-host': `${host}:1`, 'x-forwarded-port': '2' }),
    'http://api.example.com:1/me',
  ],
  [
    'with a prefix that a gateway removed',
    trusting,
    forwarded({ 'x-forwarded-host': host, 'x-forwarded-prefix': '/svc2/' }),
    'http://api.example.com/svc2/me',
  ],
  [
    'with several gateways: the first one counts',
    trusting,
    forwarded({ 'x-forwarded-proto': 'https, http', 'x-forwarded-host': `${host}, internal` }),
    'https://api.example.com/me',
  ],
  ['with several lines', trusting, forwarded({ 'x-forwarded-host': [host, 'internal'] }), 'http://api.example.com/me'],
  ['with empty headers', trusting, forwarded({ 'x-forwarded-host': '' }), 'http://internal:8080/me'],
  ['without forwarding headers', trusting, forwarded({}), 'http://internal:8080/me'],
  [
    'with the standard header (RFC 7239)',
    trusting,
    forwarded({ forwarded: 'for=192.0.2.1;Proto=https;HOST="api.example.com:8443"' }),
    'https://api.example.com:8443/me',
  ],
  [
    'with the standard header of several gateways',
    trusting,
    forwarded({ forwarded: `for="[::1]";host=${host};proto=https, for=10.0.0.1;host=internal` }),
    'https://api.example.com/me',
  ],
  [
    'with an escape in the standard header',
    trusting,
    forwarded({ forwarded: String.raw`host="api.\example.com"` }),
    'http://api.example.com/me',
  ],
  [
    'with both kinds that agree',
    trusting,
    forwarded({ forwarded: `host=${host}`, 'x-forwarded-host': host, 'x-forwarded-proto': 'https' }),
    'https://api.example.com/me',
  ],
  [
    'with both kinds that differ in the host',
    trusting,
    forwarded({ forwarded: 'host=attacker.example', 'x-forwarded-host': host }),
    undefined,
  ],
  [
    'with both kinds that differ in the scheme',
    trusting,
    forwarded({ forwarded: 'proto=http', 'x-forwarded-proto': 'https' }),
    undefined,
  ],
  ['with a standard header that is malformed', trusting, forwarded({ forwarded: 'host=a b' }), undefined],
  ['with a standard header that repeats', trusting, forwarded({ forwarded: 'host=a;host=b' }), undefined],
  ['with an open quote in the standard header', trusting, forwarded({ forwarded: 'host="a' }), undefined],
  ['with another scheme', trusting, forwarded({ 'x-forwarded-proto': 'ftp' }), undefined],
  ['with a port that is no number', trusting, forwarded({ 'x-forwarded-port': 'x' }), undefined],
  ['with a prefix that is no path', trusting, forwarded({ 'x-forwarded-prefix': 'svc2' }), undefined],
  ['with a path in the forwarded host', trusting, forwarded({ 'x-forwarded-host': `${host}/x?` }), undefined],
  ['with a query in the prefix', trusting, forwarded({ 'x-forwarded-prefix': '/a?' }), 'http://internal:8080/a%3F/me'],
]

describe('the target URI of a request', () => {
  it.each(rows)('is found: %s', (_, rules, request, expected) => {
    expect(targetUriOf({ method: 'GET', url: '/me', headers: { host }, ...request }, rules)).toBe(expected)
  })
})
