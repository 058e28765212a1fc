import { inspect } from 'node:util'
import { TokenError } from '../../../src/errors.ts'
import { CompactJws, type Signed } from '../../../src/jwt/jws/compact-jws.ts'
import { segment, unsigned } from '../../support/foreign-issuer.ts'

const header = segment({ alg: 'ES256' })
const claims = segment({ iss: 'a' })
const signature = segment('signature')

/** Reads all parts of a token, in the order in which verification does. */
function partsOf(token: string, maxLength: number): Signed & { header: object; claims: Record<string, unknown> } {
  const jws = CompactJws.parse(token, maxLength)
  return { header: jws.header, ...jws.signed, claims: jws.claims }
}

function faultOf(token: string, maxLength = 16_384): string | undefined {
  try {
    partsOf(token, maxLength)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    expect(inspect(error, { depth: 10 })).not.toContain(token === '' ? 'no such text' : token)
    return (error as TokenError).code
  }
}

function nested(depth: number, open = '{"a":', close = '}'): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`
}

describe('a token in compact serialization', () => {
  it('is split into header, claims, signing input and signature', () => {
    const token = `${header}.${claims}.${signature}`
    expect(partsOf(token, 16_384)).toEqual({
      header: { alg: 'ES256' },
      claims: { iss: 'a' },
      signingInput: Buffer.from(`${header}.${claims}`),
      signature: Buffer.from('signature'),
    })
  })

  it('may have an empty header and no claims, which are checked elsewhere', () => {
    expect(partsOf(unsigned({}, {}), 100)).toMatchObject({ header: {}, claims: {} })
  })

  it('may be exactly as long as the limit', () => {
    const token = unsigned({}, {})
    expect(faultOf(token, token.length)).toBeUndefined()
    expect(faultOf(token, token.length - 1)).toBe('token_too_long')
  })

  it('is checked for its length first', () => {
    expect(faultOf('.'.repeat(1_000_000))).toBe('token_too_long')
  })

  it.each([
    ['no parts', ''],
    ['one part', header],
    ['two parts', `${header}.${claims}`],
    ['four parts', `${header}.${claims}.${signature}.${signature}`],
    ['five parts, like a JWE', `${header}.${claims}.${signature}.${signature}.${signature}`],
    ['a dot at the end', `${header}.${claims}.${signature}.`],
    ['a dot at the start', `.${header}.${claims}.${signature}`],
    ['an empty header', `.${claims}.${signature}`],
    ['empty claims', `${header}..${signature}`],
    ['an empty signature', `${header}.${claims}.`],
    ['only dots', '..'],
    ['JSON serialization', JSON.stringify({ payload: claims, protected: header, signature })],
  ])('is refused with %s', (_, token) => {
    expect(faultOf(token)).toBe('token_malformed')
  })

  const spellings: readonly [string, (canonical: string) => string][] = [
    ['padding', (canonical) => `${canonical}=`],
    ['two characters of padding', (canonical) => `${canonical}==`],
    ['a trailing space', (canonical) => `${canonical} `],
    ['a leading space', (canonical) => ` ${canonical}`],
    ['a line break inside', (canonical) => `${canonical.slice(0, 4)}\n${canonical.slice(4)}`],
    ['a tab inside', (canonical) => `${canonical.slice(0, 4)}\t${canonical.slice(4)}`],
    ['a character of plain base64', (canonical) => `${canonical.slice(0, 4)}+${canonical.slice(4)}`],
    ['a slash', (canonical) => `${canonical}/`],
    ['a character outside of the alphabet', (canonical) => `${canonical}!`],
    ['a non-ASCII letter', (canonical) => `${canonical}é`],
    [
      'a letter with the same lower eight bits',
      (canonical) => `${String.fromCharCode(canonical.charCodeAt(0) + 0x100)}${canonical.slice(1)}`,
    ],
    ['a null byte', (canonical) => `${canonical}\0`],
    ['an extra character', (canonical) => `${canonical.slice(0, canonical.length - (canonical.length % 4))}A`],
  ]

  it.each(spellings)('has only one encoding: it is refused with %s', (_, respell) => {
    const token = [header, claims, signature]
    for (const [index, canonical] of token.entries()) {
      expect(faultOf(token.with(index, respell(canonical)).join('.'))).toBe('token_malformed')
    }
  })

  it('has only one encoding: the unused bits of the last character must be zero', () => {
    // 'QQ' and 'QR' decode to the same octet.
    expect(Buffer.from('QR', 'base64url')).toEqual(Buffer.from('QQ', 'base64url'))
    expect(faultOf(`${header}.${claims}.QQ`)).toBeUndefined()
    expect(faultOf(`${header}.${claims}.QR`)).toBe('token_malformed')
    expect(segment('{"a":1}')).toMatch(/fQ$/)
    expect(faultOf(`${header}.${segment('{"a":1}')}.${signature}`)).toBeUndefined()
    expect(faultOf(`${header}.${segment('{"a":1}').replace(/Q$/, 'R')}.${signature}`)).toBe('token_malformed')
  })

  it.each<[string, string | Buffer]>([
    ['an array', '[]'],
    ['an array of objects', '[{}]'],
    ['a string', '"a"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['text that is not JSON', 'a'],
    ['an unfinished object', '{"a":1'],
    ['two objects', '{}{}'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a comment', '{}//'],
    ['a trailing null byte', '{}\0'],
    ['a leading byte order mark', Buffer.from('\ufeff{"a":1}')],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['an invalid UTF-8 byte', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xae, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a truncated UTF-8 sequence', Buffer.from([0x7b, 0x22, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d])],
  ])('must contain a JSON object in UTF-8 as header and as claims: refuses %s', (_, content) => {
    expect(faultOf(unsigned(content, {}))).toBe('token_malformed')
    expect(faultOf(unsigned({}, content))).toBe('token_malformed')
  })

  it('may contain white space around its JSON, and any Unicode characters', () => {
    expect(partsOf(unsigned(' {"alg":"ES256"} ', '\n{"name":"Zoë 😀"}\r\n'), 1000)).toMatchObject({
      header: { alg: 'ES256' },
      claims: { name: 'Zoë 😀' },
    })
  })

  it('uses only the last of duplicate members', () => {
    const { header: read, claims: readClaims } = partsOf(
      unsigned('{"alg":"none","alg":"ES256"}', '{"iss":"a","iss":"b","\\u0069ss":"c"}'),
      1000,
    )
    expect(read).toEqual({ alg: 'ES256' })
    expect(readClaims).toEqual({ iss: 'c' })
  })

  it('does not set a prototype from `__proto__`', () => {
    const { claims: read } = partsOf(unsigned({}, '{"__proto__":{"iss":"a"},"x":1}'), 1000)
    expect(read['iss']).toBeUndefined()
    expect(({} as Record<string, unknown>)['iss']).toBeUndefined()
  })

  it.each([
    ['objects', nested(32)],
    ['arrays', `{"a":${nested(31, '[', ']')}}`],
  ])('may contain %s nested 32 levels deep, but not deeper', (_, deepest) => {
    expect(faultOf(unsigned({}, deepest))).toBeUndefined()
    const deeper = deepest.replace('1', '{"b":1}')
    expect(faultOf(unsigned({}, deeper))).toBe('token_malformed')
    expect(faultOf(unsigned(deeper, {}))).toBe('token_malformed')
  })

  it('does not overflow the stack if it is nested very deeply', () => {
    expect(faultOf(unsigned({}, `{"a":${nested(200_000, '[', ']')}}`), 10_000_000)).toBe('token_malformed')
  })
})
