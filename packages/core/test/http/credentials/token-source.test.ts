import { bearer as scheme } from '../../../src/http/credentials/scheme.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import {
  authorizationHeader,
  cookie,
  credentialsOf,
  formBody,
  webSocketProtocol,
} from '../../../src/http/credentials/token-source.ts'
import type { TokenSource } from '../../../src/http-message.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { foreignPromise, thenable } from '../../support/promises.ts'
import { refusalCodeOf } from '../outcome.ts'

const token = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'
const bearer = { kind: 'token', token, scheme }
const absent = { kind: 'absent' }
const repeated = { kind: 'repeated' }

function kindOf(sources: readonly TokenSource[] | undefined, request: HttpRequest, body?: unknown): object {
  return credentialsOf(request, sources, body)
}

describe('verifyJwt without a token source', () => {
  it('reads the token only from the header', () => {
    const request = { method: 'POST', headers: { cookie: `access_token=${token}`, 'content-type': formType } }
    expect(kindOf(undefined, request, { access_token: token })).toEqual(absent)
    expect(kindOf(undefined, { headers: { authorization: `Bearer ${token}` } })).toEqual(bearer)
  })
})

describe('a token in a cookie', () => {
  const sources = [cookie('access_token')]

  it.each([
    ['alone', `access_token=${token}`],
    ['among others', `a=b; access_token=${token}; c=d`],
    ['without spaces', `a=b;access_token=${token};c=d`],
    ['after one whose name ends the same', `my_access_token=x; access_token=${token}`],
    ['after one whose name begins the same', `access_token2=x; access_token=${token}`],
    ['after one whose value looks the same', `a="access_token=x"; access_token=${token}`],
    ['in quotes (RFC 6265 §4.1.1)', `a=b; access_token="${token}"; c=d`],
    ['after one that is empty', `access_token=; access_token=${token}`],
    ['before one that is empty', `access_token=${token}; access_token=""`],
  ])('is found: %s', (_, header) => {
    expect(kindOf(sources, { headers: { cookie: header } })).toEqual(bearer)
  })

  it.each([
    ['there is no cookie', undefined],
    ['the name differs in case', `Access_Token=${token}`],
    ['the name only begins the same', `access_token2=${token}`],
    ['the name only ends the same', `x_access_token=${token}`],
    ['the name has no value', 'access_token'],
    ['the value is empty', 'access_token='],
    ['the value is empty, among others', 'a=b; access_token=; c=d'],
    ['the value is an empty pair of quotes', 'access_token=""'],
    ['both values are empty', 'access_token=; access_token=""'],
  ])('is absent if %s', (_, header) => {
    expect(kindOf(sources, { headers: { cookie: header } })).toEqual(absent)
  })

  it.each([
    ['it contains a space', 'access_token=a b'],
    ['it is a whole header', `access_token=Bearer ${token}`],
    ['it is escaped', 'access_token=a%20b'],
    ['only the first quote is there', `access_token="${token}`],
    ['only the last quote is there', `access_token=${token}"`],
    ['it is a single quote', 'access_token="'],
    ['it is quoted twice', `access_token=""${token}""`],
  ])('is malformed if %s', async (_, header) => {
    expect(await refusalCodeOf({ headers: { cookie: header } }, sources)).toBe('credentials_malformed')
  })

  it('is repeated if the cookie occurs twice', () => {
    expect(kindOf(sources, { headers: { cookie: `access_token=${token}; access_token=${token}` } })).toEqual(repeated)
  })

  it.each([undefined, null, '', ' ', 5])('cannot have the cookie name %p', (name) => {
    expect(() => cookie(name as string)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }))
  })

  it('may have a cookie name with special characters of regular expressions', () => {
    expect(kindOf([cookie('a.b')], { headers: { cookie: `aXb=${token}` } })).toEqual(absent)
    expect(kindOf([cookie('a.b')], { headers: { cookie: `a.b=${token}` } })).toEqual(bearer)
  })
})

describe('a token in a WebSocket sub-protocol (RFC 6455 §4.1)', () => {
  const sources = [webSocketProtocol()]

  function offered(protocols: string | readonly string[] | undefined): object {
    return kindOf(sources, { headers: { 'sec-websocket-protocol': protocols } })
  }

  it.each([
    ['alone', `bearer.${token}`],
    ['among others', `chat, bearer.${token}, superchat`],
    ['without spaces', `chat,bearer.${token}`],
    ['in the second of two lines', ['chat', `bearer.${token}`]],
  ])('is found: %s', (_, protocols) => {
    expect(offered(protocols)).toEqual(bearer)
  })

  it.each([
    ['there is no sub-protocol', undefined],
    ['it has another prefix', `token.${token}`],
    ['the prefix differs in case', `Bearer.${token}`],
    ['it is empty', 'chat, bearer.'],
  ])('is absent if %s', (_, protocols) => {
    expect(offered(protocols)).toEqual(absent)
  })

  it('is repeated if there are two', () => {
    expect(offered(`bearer.${token}, bearer.${token}`)).toEqual(repeated)
  })

  it('is malformed if it is no token68', async () => {
    const request = { headers: { 'sec-websocket-protocol': 'bearer.a!b' } }
    expect(await refusalCodeOf(request, sources)).toBe('credentials_malformed')
  })

  it.each([null, '', ' ', 5])('cannot have the prefix %p', (prefix) => {
    expect(() => webSocketProtocol(prefix as string)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }))
  })
})

const formType = 'application/x-www-form-urlencoded'

describe('a token in a form (RFC 6750 §2.2)', () => {
  const sources = [formBody()]

  function posted(
    body: unknown,
    { method = 'POST', type = formType }: { method?: string; type?: string } = {},
  ): object {
    return kindOf(sources, { method, headers: { 'content-type': type } }, body)
  }

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is found in a %s request', (method) => {
    expect(posted({ access_token: token, other: 'x' }, { method })).toEqual(bearer)
  })

  it.each([formType, `${formType};charset=UTF-8`, `${formType} ; charset=utf-8`, formType.toUpperCase()])(
    'is found in a body of the type %s',
    (type) => {
      expect(posted({ access_token: token }, { type })).toEqual(bearer)
    },
  )

  it.each(['GET', 'HEAD'])('is not read from a %s request', (method) => {
    expect(posted({ access_token: token }, { method })).toEqual(absent)
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', `${formType}x`, ''])(
    'is not read from a body of the type %p',
    (type) => {
      expect(posted({ access_token: token }, { type })).toEqual(absent)
    },
  )

  it.each([
    ['was not parsed', undefined],
    ['is null', null],
    ['is a string', `access_token=${token}`],
    ['has no such parameter', { token }],
    ['only inherits the parameter', Object.create({ access_token: token })],
    ['has an empty parameter', { access_token: '' }],
    ['has two empty parameters', { access_token: ['', ''] }],
  ])('is absent if the body %s', (_, body) => {
    expect(posted(body)).toEqual(absent)
  })

  it('is found if the body has no prototype', () => {
    expect(posted(Object.assign(Object.create(null), { access_token: token }))).toEqual(bearer)
  })

  it('is repeated if the parameter occurs twice', () => {
    expect(posted({ access_token: [token, token] })).toEqual(repeated)
  })

  it.each([
    ['is not a b64token', 'a b'],
    ['is an object', { a: token }],
    ['is a list within a list', [[token]]],
    ['has its own toString', { toString: token }],
    ['is a number', 5],
    ['is true', true],
  ])('is malformed if the parameter %s', async (_, parameter) => {
    const request = { method: 'POST', headers: { 'content-type': formType } }
    expect(await refusalCodeOf(request, sources, { access_token: parameter })).toBe('credentials_malformed')
  })
})

describe('a token source of the application', () => {
  it.each([
    ['a token', token, bearer],
    ['one token in a list', [token], bearer],
    ['nothing', undefined, absent],
    ['an empty list', [], absent],
    ['an empty string', '', absent],
    ['a list of empty strings', ['', ''], absent],
    ['a token and an empty string', ['', token], bearer],
    ['two tokens', [token, token], repeated],
  ])('may find %s', (_, found, credentials) => {
    expect(kindOf([() => found], { headers: {} })).toEqual(credentials)
  })

  it('may find text that is not a token', async () => {
    expect(await refusalCodeOf({ headers: {} }, [() => 'a b'])).toBe('credentials_malformed')
  })

  it('receives the request and the body', () => {
    const request = { method: 'POST', headers: {} }
    const asked: unknown[] = []
    kindOf([(...given) => void asked.push(given)], request, 'body')
    expect(asked).toEqual([[request, 'body']])
  })
})

describe('an asynchronous token source', () => {
  const answers: [string, (found: string | undefined) => PromiseLike<string | undefined>][] = [
    ['a promise', (found) => Promise.resolve(found)],
    ['a promise of another realm', (found) => foreignPromise(found)],
    ['an object with a `then`', (found) => thenable(found)],
  ]

  it.each(answers)('is awaited if it returns %s', async (_, answer) => {
    expect(await credentialsOf({ headers: {} }, [() => answer(token)], undefined)).toEqual(bearer)
    expect(await credentialsOf({ headers: {} }, [() => answer('')], undefined)).toEqual(absent)
    expect(await credentialsOf({ headers: {} }, [() => answer(undefined)], undefined)).toEqual(absent)
    expect(await credentialsOf({ headers: {} }, [() => answer(token), () => token], undefined)).toEqual(repeated)
    expect(await credentialsOf({ headers: {} }, [() => undefined, () => answer(token)], undefined)).toEqual(bearer)
  })

  it('can be combined with the header like any other source', async () => {
    const request = { headers: { authorization: `Bearer ${token}` } }
    expect(await credentialsOf(request, [async () => token], undefined)).toEqual(repeated)
    expect(await credentialsOf(request, [async () => undefined], undefined)).toEqual(absent)
    expect(await credentialsOf(request, [authorizationHeader(), async () => ''], undefined)).toEqual(bearer)
  })

  it('leaves no rejection unhandled if another source throws', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const sources: TokenSource[] = [
      () => Promise.reject(new Error('the first')),
      () => {
        throw new Error('the second')
      },
      () => Promise.reject(new Error('the third')),
    ]
    await expect(async () => credentialsOf({ headers: {} }, sources, undefined)).rejects.toThrow('the first')
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('several ways to send a token (RFC 6750 §2)', () => {
  const both = { cookie: `t=${token}`, authorization: `Bearer ${token}` }

  it.each([
    ['if the header is a source too', [authorizationHeader(), cookie('t')]],
    ['if the header is not a source', [cookie('t')]],
  ])('are never used together, even %s', (_, sources) => {
    expect(kindOf(sources, { headers: both })).toEqual(repeated)
    expect(kindOf(sources, { headers: { ...both, authorization: 'Bearer' } })).toEqual(repeated)
  })

  it('are never used together by two sources', () => {
    const request = { method: 'POST', headers: { cookie: `t=${token}`, 'content-type': formType } }
    expect(kindOf([cookie('t'), formBody()], request, { access_token: token })).toEqual(repeated)
  })

  it('do not conflict with a header of another scheme', () => {
    expect(kindOf([cookie('t')], { headers: { ...both, authorization: 'Basic dXNlcjpwYXNz' } })).toEqual(bearer)
  })

  it.each([
    ['the header, if it is a source', [authorizationHeader(), cookie('t')], { authorization: both.authorization }],
    ['another source', [authorizationHeader(), cookie('t')], { cookie: both.cookie }],
  ])('may be alternatives: %s', (_, sources, headers) => {
    expect(kindOf(sources, { headers })).toEqual(bearer)
  })

  it('do not include the header if it is not a source', () => {
    expect(kindOf([cookie('t')], { headers: { authorization: both.authorization } })).toEqual(absent)
  })

  it('still refuse a header that is malformed or repeated', async () => {
    for (const authorization of ['Bearer', 'Bearer a b', 'Bearer ='])
      expect(await refusalCodeOf({ headers: { authorization } }, [cookie('t')])).toBe('credentials_malformed')
    expect(kindOf([cookie('t')], { headers: { authorization: ['Bearer a', 'Bearer a'] } })).toEqual(repeated)
  })

  it.each([
    ['a name', 'cookie'],
    ['a list with a name', ['cookie']],
    ['null', null],
    ['an object', {}],
  ])('cannot be configured as %s', (_, tokenSource) => {
    const options = { issuer: 'https://issuer.example.com', audience: 'a', tokenSource: tokenSource as never }
    expect(() => new TokenVerifier(options)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'tokenSource' }),
    )
  })

  it('cannot be an empty list, which would authenticate no request', () => {
    expect(() => new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'a', tokenSource: [] })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'tokenSource' }),
    )
  })
})
