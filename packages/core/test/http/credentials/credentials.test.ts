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

  it.each(['mF_9.B5f-4.1JqM', 'abc+/~._-', 'abc==', 'a', '-'])('are a bearer token that is not a JWT: %s', (one) => {
    expect(headerCredentials({ headers: { authorization: `Bearer ${one}` } })).toEqual({
      kind: 'token',
      token: one,
      scheme: bearer,
    })
  })

  it.each([
    ['there is no header', undefined],
    ['the header is empty', ''],
    ['the scheme is Basic', 'Basic dXNlcjpwYXNz'],
    ['the scheme is DPoP', `DPoP ${token}`],
    ['the scheme has no credentials', 'Negotiate'],
    ['the scheme has parameters', 'Digest username="a", realm="b"'],
    ['the scheme only begins with Bearer', `Bearers ${token}`],
    ['the scheme only ends with Bearer', `XBearer ${token}`],
  ])('are absent if %s', (_, authorization) => {
    expect(headerCredentials({ headers: { authorization } })).toEqual({ kind: 'absent' })
  })

  it.each([
    ['the scheme has no token', 'Bearer'],
    ['only spaces follow the scheme', 'Bearer  '],
    ['text follows the token', `Bearer ${token} more`],
    ['a second token follows', `Bearer ${token} ${token}`],
    ['a comma follows', `Bearer ${token}, Basic dXNlcjpwYXNz`],
    ['a tab replaces the space', `Bearer\t${token}`],
    ['the token is in quotes', `Bearer "${token}"`],
    ['the token is a parameter', `Bearer token=${token}`],
    ['padding is inside the token', 'Bearer ab=c'],
    ['the token is only padding', 'Bearer =='],
    ['a colon is in the token', 'Bearer a:b'],
    ['a letter beyond ASCII is in the token', 'Bearer aé'],
    ['a line break is in the token', 'Bearer a\nb'],
    ['a line break ends the token', `Bearer ${token}\n`],
    ['a null byte is in the token', 'Bearer a\0b'],
    ['the header begins with a space', ` Bearer ${token}`],
    ['the scheme is only punctuation', '()'],
  ])('are malformed if %s', async (_, authorization) => {
    expect(await refusalCodeOf({ headers: { authorization } })).toBe('credentials_malformed')
  })

  it.each([
    ['as an array', { headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } }],
    [
      'as raw lines, and Node keeps only the first',
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
      'as raw lines, the first one empty',
      { headers: { authorization: '' }, rawHeaders: ['Authorization', '', 'Authorization', `Bearer ${token}`] },
    ],
  ])('are repeated if the header occurs twice: %s', (_, request) => {
    expect(headerCredentials(request)).toEqual({ kind: 'repeated' })
  })

  it('are not repeated if the value of another header is the name', () => {
    const rawHeaders = ['Authorization', `Bearer ${token}`, 'X-Forwarded', 'authorization', 'Vary', 'Authorization']
    expect(headerCredentials({ headers: { authorization: `Bearer ${token}` }, rawHeaders })).toEqual({
      kind: 'token',
      scheme: bearer,
      token,
    })
  })

  it('are read only from the header', () => {
    const request = {
      method: 'POST',
      url: `/?access_token=${token}`,
      body: { access_token: token },
      query: { access_token: token },
      headers: { cookie: `access_token=${token}`, 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` },
    }
    expect(headerCredentials(request)).toEqual({ kind: 'absent' })
  })

  it('of a hostile header are read in linear time', async () => {
    const started = performance.now()
    for (const credentials of [' ', '=', 'a=', '.', 'a.'].map((text) => `${text.repeat(100_000)}(`)) {
      expect(await refusalCodeOf({ headers: { authorization: `Bearer ${credentials}` } })).toBe('credentials_malformed')
    }
    expect(performance.now() - started).toBeLessThan(500)
  })
})
