import { bearer as scheme } from '../../../src/http/credentials/scheme.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import { authorizationHeader, cookie, credentialsOf, formBody } from '../../../src/http/credentials/token-source.ts'
import type { TokenSource } from '../../../src/http-message.ts'
import { TokenVerifier } from '../../../src/jwt/token-verifier.ts'
import { foreignPromise, thenable } from '../../support/promises.ts'
import { refusalCodeOf } from '../outcome.ts'

const token = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'
const bearer = { kind: 'token', token, scheme }
const absent = { kind: 'absent' }
const repeated = { kind: 'repeated' }

function kindOf(sources: readonly TokenSource[] | undefined, request: HttpRequest, body?: unknown): object {
  return credentialsOf(request, sources, body)
}

describe('without a token source', () => {
  it('the header counts, and no other place is looked at', () => {
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
    ['after one whose name ends alike', `my_access_token=x; access_token=${token}`],
    ['after one whose name begins alike', `access_token2=x; access_token=${token}`],
    ['after one whose value looks alike', `a="access_token=x"; access_token=${token}`],
    ['in quotes (RFC 6265 §4.1.1)', `a=b; access_token="${token}"; c=d`],
    ['after one that was emptied', `access_token=; access_token=${token}`],
    ['before one that was emptied', `access_token=${token}; access_token=""`],
  ])('is found: %s', (_, header) => {
    expect(kindOf(sources, { headers: { cookie: header } })).toEqual(bearer)
  })

  it.each([
    ['there is no cookie', undefined],
    ['the name differs in case', `Access_Token=${token}`],
    ['the name only begins alike', `access_token2=${token}`],
    ['the name only ends alike', `x_access_token=${token}`],
    ['the name has no value', 'access_token'],
    ['the value is empty', 'access_token='],
    ['the value is empty, among others', 'a=b; access_token=; c=d'],
    ['the value is an empty pair of quotes', 'access_token=""'],
    ['both values are empty', 'access_token=; access_token=""'],
  ])('is absent where %s', (_, header) => {
    expect(kindOf(sources, { headers: { cookie: header } })).toEqual(absent)
  })

  it.each([
    ['there is text in it', 'access_token=a b'],
    ['it is a whole header', `access_token=Bearer ${token}`],
    ['it is escaped', 'access_token=a%20b'],
    ['only the first quote is there', `access_token="${token}`],
    ['only the last quote is there', `access_token=${token}"`],
    ['it is a single quote', 'access_token="'],
    ['it is in two pairs of quotes', `access_token=""${token}""`],
  ])('is malformed where %s', async (_, header) => {
    expect(await refusalCodeOf({ headers: { cookie: header } }, sources)).toBe('credentials_malformed')
  })

  it('is repeated where the cookie comes twice', () => {
    expect(kindOf(sources, { headers: { cookie: `access_token=${token}; access_token=${token}` } })).toEqual(repeated)
  })

  it.each([undefined, null, '', ' ', 5])('must have a name: %p', (name) => {
    expect(() => cookie(name as string)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }))
  })

  it('may have a name that is special to patterns', () => {
    expect(kindOf([cookie('a.b')], { headers: { cookie: `aXb=${token}` } })).toEqual(absent)
    expect(kindOf([cookie('a.b')], { headers: { cookie: `a.b=${token}` } })).toEqual(bearer)
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

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is found in a %s', (method) => {
    expect(posted({ access_token: token, other: 'x' }, { method })).toEqual(bearer)
  })

  it.each([formType, `${formType};charset=UTF-8`, `${formType} ; charset=utf-8`, formType.toUpperCase()])(
    'is found under the type %s',
    (type) => {
      expect(posted({ access_token: token }, { type })).toEqual(bearer)
    },
  )

  it.each(['GET', 'HEAD'])('is not looked for in a %s', (method) => {
    expect(posted({ access_token: token }, { method })).toEqual(absent)
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', `${formType}x`, ''])(
    'is not looked for under the type %p',
    (type) => {
      expect(posted({ access_token: token }, { type })).toEqual(absent)
    },
  )

  it.each([
    ['was not parsed', undefined],
    ['is null', null],
    ['is a string', `access_token=${token}`],
    ['has no such parameter', { token }],
    ['only inherits it', Object.create({ access_token: token })],
    ['has it empty', { access_token: '' }],
    ['has it empty twice', { access_token: ['', ''] }],
  ])('is absent where the body %s', (_, body) => {
    expect(posted(body)).toEqual(absent)
  })

  it('is found where the body has no prototype', () => {
    expect(posted(Object.assign(Object.create(null), { access_token: token }))).toEqual(bearer)
  })

  it('is repeated where the parameter comes twice', () => {
    expect(posted({ access_token: [token, token] })).toEqual(repeated)
  })

  it.each([
    ['is no b64token', 'a b'],
    ['is an object', { a: token }],
    ['is a list within a list', [[token]]],
    ['brings its own toString', { toString: token }],
    ['is a number', 5],
    ['is true', true],
  ])('is malformed where the parameter %s', async (_, parameter) => {
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
    ['an empty text', '', absent],
    ['a list of empty texts', ['', ''], absent],
    ['a token beside an empty text', ['', token], bearer],
    ['two tokens', [token, token], repeated],
  ])('may find %s', (_, found, credentials) => {
    expect(kindOf([() => found], { headers: {} })).toEqual(credentials)
  })

  it('may find text that is no token', async () => {
    expect(await refusalCodeOf({ headers: {} }, [() => 'a b'])).toBe('credentials_malformed')
  })

  it('is given the request and the body', () => {
    const request = { method: 'POST', headers: {} }
    const asked: unknown[] = []
    kindOf([(...given) => void asked.push(given)], request, 'body')
    expect(asked).toEqual([[request, 'body']])
  })
})

describe('a token source that answers later', () => {
  const answers: [string, (found: string | undefined) => PromiseLike<string | undefined>][] = [
    ['a promise', (found) => Promise.resolve(found)],
    ['a promise of another realm', (found) => foreignPromise(found)],
    ['an object with a `then`', (found) => thenable(found)],
  ]

  it.each(answers)('is awaited where it answers with %s', async (_, answer) => {
    expect(await credentialsOf({ headers: {} }, [() => answer(token)], undefined)).toEqual(bearer)
    expect(await credentialsOf({ headers: {} }, [() => answer('')], undefined)).toEqual(absent)
    expect(await credentialsOf({ headers: {} }, [() => answer(undefined)], undefined)).toEqual(absent)
    expect(await credentialsOf({ headers: {} }, [() => answer(token), () => token], undefined)).toEqual(repeated)
    expect(await credentialsOf({ headers: {} }, [() => undefined, () => answer(token)], undefined)).toEqual(bearer)
  })

  it('counts beside the header as any other source does', async () => {
    const request = { headers: { authorization: `Bearer ${token}` } }
    expect(await credentialsOf(request, [async () => token], undefined)).toEqual(repeated)
    expect(await credentialsOf(request, [async () => undefined], undefined)).toEqual(absent)
    expect(await credentialsOf(request, [authorizationHeader(), async () => ''], undefined)).toEqual(bearer)
  })

  it('leaves no rejection unhandled where another source throws', async () => {
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
    ['the header is a source too', [authorizationHeader(), cookie('t')]],
    ['the header is no source', [cookie('t')]],
  ])('are never used together, whether %s', (_, sources) => {
    expect(kindOf(sources, { headers: both })).toEqual(repeated)
    expect(kindOf(sources, { headers: { ...both, authorization: 'Bearer' } })).toEqual(repeated)
  })

  it('are never used together: two sources', () => {
    const request = { method: 'POST', headers: { cookie: `t=${token}`, 'content-type': formType } }
    expect(kindOf([cookie('t'), formBody()], request, { access_token: token })).toEqual(repeated)
  })

  it('do not conflict where the header is of another scheme', () => {
    expect(kindOf([cookie('t')], { headers: { ...both, authorization: 'Basic dXNlcjpwYXNz' } })).toEqual(bearer)
  })

  it.each([
    ['the header, where it is a source', [authorizationHeader(), cookie('t')], { authorization: both.authorization }],
    ['another source', [authorizationHeader(), cookie('t')], { cookie: both.cookie }],
  ])('may be alternatives: %s', (_, sources, headers) => {
    expect(kindOf(sources, { headers })).toEqual(bearer)
  })

  it('leave the header out where it is no source', () => {
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

  it('cannot be configured as none at all: nothing would ever be authenticated', () => {
    expect(() => new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'a', tokenSource: [] })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'tokenSource' }),
    )
  })
})
