import { refusalCodeOf } from '../outcome.ts'
import { bearer } from '../../../src/http/credentials/scheme.ts'
import { headerCredentials } from '../../../src/http/credentials/credentials.ts'

const token = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'

describe('the credentials of a request', () => {
  it.each([
    ['one space after the scheme', `Bearer ${token}`],
    ['several spaces after the scheme', `Bearer   ${token}`],
    ['the scheme in lower case', `bearer ${token}`],
    ['the scheme in upper case', `BEARER ${token}`],
    ['the scheme in mixed case', `bEaReR ${token}`],
  ])('are a bearer token with %s', (_, authorization) => {
    expect(headerCredentials({ headers: { authorization } })).toEqual({ kind: 'token', token, scheme: bearer })
  })

  it.each(['mF_9.B5f-4.1JqM', 'abc+/~._-', 'abc==', 'a', '-'])(
    'are a bearer token that need not be a JWT: %s',
    (one) => {
      expect(headerCredentials({ headers: { authorization: `Bearer ${one}` } })).toEqual({
        kind: 'token',
        token: one,
        scheme: bearer,
      })
    },
  )

  it.each([
    ['there is no header', undefined],
    ['the header is empty', ''],
    ['the scheme is Basic', 'Basic dXNlcjpwYXNz'],
    ['the scheme is DPoP', `DPoP ${token}`],
    ['the scheme stands alone', 'Negotiate'],
    ['the scheme has parameters', 'Digest username="a", realm="b"'],
    ['the scheme only begins like ours', `Bearers ${token}`],
    ['the scheme only ends like ours', `XBearer ${token}`],
  ])('are absent where %s', (_, authorization) => {
    expect(headerCredentials({ headers: { authorization } })).toEqual({ kind: 'absent' })
  })

  it.each([
    ['the scheme stands alone', 'Bearer'],
    ['only spaces follow the scheme', 'Bearer  '],
    ['text follows the token', `Bearer ${token} more`],
    ['a second token follows', `Bearer ${token} ${token}`],
    ['a comma follows', `Bearer ${token}, Basic dXNlcjpwYXNz`],
    ['a tab stands for the space', `Bearer\t${token}`],
    ['the token is in quotes', `Bearer "${token}"`],
    ['the token is a parameter', `Bearer token=${token}`],
    ['padding stands inside of the token', 'Bearer ab=c'],
    ['the token is padding alone', 'Bearer =='],
    ['a colon is in the token', 'Bearer a:b'],
    ['a letter beyond ASCII is in the token', 'Bearer aé'],
    ['a line break is in the token', 'Bearer a\nb'],
    ['a line break ends the token', `Bearer ${token}\n`],
    ['a null byte is in the token', 'Bearer a\0b'],
    ['the header begins with a space', ` Bearer ${token}`],
    ['there is no scheme but punctuation', '()'],
  ])('are malformed where %s', async (_, authorization) => {
    expect(await refusalCodeOf({ headers: { authorization } })).toBe('credentials_malformed')
  })

  it.each([
    ['as an array', { headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }],
    [
      'as raw lines of which Node keeps the first',
      {
        headers: { authorization: `Bearer ${token}` },
        rawHeaders: ['Authorization', `Bearer ${token}`, 'Host', 'a', 'authorization', 'Bearer other'],
      },
    ],
    [
      'as raw lines with two schemes',
      {
        headers: { authorization: 'Basic dXNlcjpwYXNz' },
        rawHeaders: ['AUTHORIZATION', 'Basic dXNlcjpwYXNz', 'Authorization', `Bearer ${token}`],
      },
    ],
    [
      'as raw lines of which the first is empty',
      { headers: { authorization: '' }, rawHeaders: ['Authorization', '', 'Authorization', `Bearer ${token}`] },
    ],
  ])('are repeated where the header comes twice: %s', (_, request) => {
    expect(headerCredentials(request)).toEqual({ kind: 'repeated' })
  })

  it('are not repeated where another header has the name as its value', () => {
    const rawHeaders = ['Authorization', `Bearer ${token}`, 'X-Forwarded', 'authorization', 'Vary', 'Authorization']
    expect(headerCredentials({ headers: { authorization: `Bearer ${token}` }, rawHeaders })).toEqual({
      kind: 'token',
      scheme: bearer,
      token,
    })
  })

  it('are read from no other place than the header', () => {
    const request = {
      method: 'POST',
      url: `/?access_token=${token}`,
      body: { access_token: token },
      query: { access_token: token },
      headers: { cookie: `access_token=${token}`, 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` },
    }
    expect(headerCredentials(request)).toEqual({ kind: 'absent' })
  })

  it('take a hostile header in linear time', async () => {
    const started = performance.now()
    for (const credentials of [' ', '=', 'a=', '.', 'a.'].map((text) => `${text.repeat(100_000)}(`)) {
      expect(await refusalCodeOf({ headers: { authorization: `Bearer ${credentials}` } })).toBe('credentials_malformed')
    }
    expect(performance.now() - started).toBeLessThan(500)
  })
})
