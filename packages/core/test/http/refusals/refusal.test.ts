import { validateHeaderValue } from 'node:http'
import { join } from 'node:path'
import { format, inspect } from 'node:util'
import {
  BearerKitError,
  KeySourceUnavailableError,
  TokenError,
  type TokenFault,
  VerificationUnavailableError,
} from '../../../src/errors.ts'
import {
  type ChallengeContext,
  refusalFor,
  type RefusalCode,
  RequestRefusedError,
} from '../../../src/http/refusals/refusal.ts'
import { source } from '../../support/bundle.ts'
import { runApart } from '../../support/own-process.ts'

const context = { realm: 'api' }

const answers: readonly [RefusalCode, number, string | undefined][] = [
  ['credentials_missing', 401, undefined],
  ['credentials_malformed', 400, 'invalid_request'],
  ['credentials_repeated', 400, 'invalid_request'],
  ['token_invalid', 401, 'invalid_token'],
  ['token_expired', 401, 'invalid_token'],
  ['token_revoked', 401, 'invalid_token'],
  ['scope_insufficient', 403, 'insufficient_scope'],
  ['claims_insufficient', 403, 'insufficient_scope'],
  ['authentication_insufficient', 401, 'insufficient_user_authentication'],
  ['key_source_unavailable', 503, undefined],
  ['verification_unavailable', 503, undefined],
]

describe.each(answers)('a refusal for %s', (code, status, error) => {
  const refusal = new RequestRefusedError(code, context)

  it(`answers ${status} with the OAuth error ${error}`, () => {
    expect(refusal).toMatchObject({
      status,
      statusCode: status,
      error,
      code,
      reason: code,
      name: 'RequestRefusedError',
    })
    expect(refusal).toBeInstanceOf(BearerKitError)
  })

  it('has a challenge with a realm, unless the failure is on the server side', () => {
    const header = refusal.headers['WWW-Authenticate']
    if (status === 503) expect(header).toBeUndefined()
    else expect(header).toMatch(/^Bearer realm="api"/)
  })

  it('has both error and description or neither, and no parameter twice', () => {
    const names = [...String(refusal.headers['WWW-Authenticate']).matchAll(/(\w+)="/g)].map(([, name]) => name)
    const errors = error === undefined ? [] : ['error', 'error_description']
    expect(names).toEqual(status === 503 ? [] : ['realm', ...errors])
  })

  it('has a description in printable ASCII without quotation marks and backslashes', () => {
    expect(refusal.message).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('shows its message to the client, unless the failure is on the server side', () => {
    expect(refusal.expose).toBe(status < 500)
  })

  it('has frozen headers', () => {
    expect(Object.isFrozen(refusal.headers)).toBe(true)
  })

  it('has a JSON answer with the same headers', () => {
    const { status: rendered, headers, body } = refusal.toResponse()
    expect(rendered).toBe(status)
    expect(headers).toEqual({ ...refusal.headers, 'content-type': 'application/json' })
    expect(JSON.parse(body)).toEqual({ error: expect.any(String), error_description: refusal.message })
    if (error !== undefined) expect(JSON.parse(body)).toMatchObject({ error })
  })
})

describe('a refusal', () => {
  it('for a missing scope names the required scopes', () => {
    const { headers } = new RequestRefusedError('scope_insufficient', { realm: 'api', scope: 'a b' })
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer realm="api", error="insufficient_scope", ' +
        'error_description="The access token does not have the required scope", scope="a b"',
    )
  })

  it('has every given parameter once and in a fixed order', () => {
    const given = { realm: 'api', resourceMetadata: 'https://m', maxAge: '300', acrValues: 'gold silver', scope: 'a b' }
    const { headers } = new RequestRefusedError('authentication_insufficient', given)
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer realm="api", error="insufficient_user_authentication", ' +
        'error_description="A stronger or more recent authentication is required", ' +
        'scope="a b", acr_values="gold silver", max_age="300", resource_metadata="https://m"',
    )
  })

  it('names the metadata even without an error (RFC 9728 §5.1)', () => {
    const { headers } = new RequestRefusedError('credentials_missing', { realm: 'api', resourceMetadata: 'https://m' })
    expect(headers['WWW-Authenticate']).toBe('Bearer realm="api", resource_metadata="https://m"')
  })

  it('has a legal header for any realm', () => {
    const { headers } = new RequestRefusedError('token_invalid', { realm: 'a"\r\nb: é' })
    expect(() => validateHeaderValue('WWW-Authenticate', headers['WWW-Authenticate'] as string)).not.toThrow()
    expect(headers['WWW-Authenticate']).toContain('realm="a???b: ?"')
  })

  it('builds its challenge once for each code and context', () => {
    const headersOf = (reason: RefusalCode, one: ChallengeContext): object =>
      new RequestRefusedError(reason, one).headers
    expect(headersOf('token_invalid', context)).toBe(headersOf('token_invalid', context))
    expect(headersOf('token_invalid', context)).not.toEqual(headersOf('token_expired', context))
    expect(headersOf('token_invalid', context)).not.toEqual(headersOf('token_invalid', { realm: 'other' }))
  })

  it('has a default Retry-After', () => {
    expect(new RequestRefusedError('key_source_unavailable', context).headers).toEqual({ 'Retry-After': '5' })
  })
})

const faults: readonly TokenFault[] = [
  'token_too_long',
  'token_malformed',
  'type_not_accepted',
  'critical_header_unsupported',
  'algorithm_not_accepted',
  'issuer_mismatch',
  'key_unknown',
  'key_ambiguous',
  'signature_invalid',
  'audience_mismatch',
  'token_expired',
  'token_not_yet_valid',
  'token_issued_in_future',
  'token_too_old',
  'claim_missing',
  'claim_invalid',
  'claims_rejected',
  'token_revoked',
  'proof_required',
]

describe('the refusal of a failed verification', () => {
  it.each(faults)('for the token fault %s is 401 invalid_token with the fault as its reason', (fault) => {
    const cause = new TokenError(fault)
    const refusal = refusalFor(cause, context)
    const code = ['token_expired', 'token_revoked'].includes(fault) ? fault : 'token_invalid'
    expect(refusal).toMatchObject({ status: 401, error: 'invalid_token', code, reason: fault, cause })
    expect(refusal.headers['WWW-Authenticate']).toContain('error="invalid_token"')
  })

  it.each<[string, (refusal: RequestRefusedError) => unknown]>([
    ['JSON', (refusal) => JSON.stringify(refusal)],
    ['a copy', (refusal) => Object.assign({}, refusal)],
    ['a structured clone', (refusal) => structuredClone(refusal)],
    ['the printed text without the cause', (refusal) => inspect(Object.assign(refusal, { cause: undefined }))],
    ['an object that inherits from it', (refusal) => (Object.create(refusal) as RequestRefusedError).reason],
  ])('keeps its reason out of %s', (_, shownOf) => {
    const refusal = refusalFor(new TokenError('signature_invalid'), context)
    expect(refusal.reason).toBe('signature_invalid')
    expect(inspect(shownOf(refusal))).not.toContain('signature_invalid')
  })

  it('tells the client the same for every fault except expiry and revocation', () => {
    const messages = new Set(faults.map((fault) => refusalFor(new TokenError(fault), context).message))
    expect([...messages].toSorted()).toEqual([
      'The access token has been revoked',
      'The access token has expired',
      'The access token is invalid',
    ])
  })

  it('is printed in one line with the messages of its causes', () => {
    const socket = new Error('connect ECONNREFUSED\n127.0.0.1:443')
    const cause = new KeySourceUnavailableError('https://issuer.example.com/jwks: unavailable', { cause: socket })
    expect(format(refusalFor(cause, context))).toBe(
      'RequestRefusedError: The access token cannot be verified at the moment: ' +
        'https://issuer.example.com/jwks: unavailable: connect ECONNREFUSED 127.0.0.1:443',
    )
    expect(format(refusalFor('text', context))).toMatch(/at the moment$/)
    const [one, other] = [new Error('one'), new Error('other')]
    one.cause = other
    other.cause = one
    expect(format(refusalFor(one, context))).toMatch(/at the moment(: one: other){2}$/)
  })

  it('is printed without the message of a cause that only repeats the one before it', () => {
    const cause = new KeySourceUnavailableError('https://issuer.example.com/jwks: no answer')
    const again = new KeySourceUnavailableError(cause.message, { cause })
    expect(format(refusalFor(again, context))).toMatch(/at the moment: https:\S+jwks: no answer$/)
  })

  it('for an outage is 503 with Retry-After and without a challenge', () => {
    const cause = new KeySourceUnavailableError('https://issuer.example.com/jwks: status 500', { retryAfter: 7 })
    const refusal = refusalFor(cause, context)
    expect(refusal).toMatchObject({ status: 503, error: undefined, code: 'key_source_unavailable', cause })
    expect(refusal.headers).toEqual({ 'Retry-After': '7' })
    expect(refusal.message).not.toContain('issuer.example.com')
  })

  it.each([new Error('a fault of the program'), new TypeError(), undefined, null, 'text'])(
    'for %p is 503, because it is not the token’s fault',
    (failure) => {
      const refusal = refusalFor(failure, context)
      expect(refusal).toMatchObject({ status: 503, error: undefined, code: 'verification_unavailable', expose: false })
      expect(refusal.cause).toBe(failure)
      expect(refusal.headers).toEqual({ 'Retry-After': '5' })
    },
  )
})

describe('an error for one request', () => {
  const errors = (): Error[] => [
    new RequestRefusedError('token_invalid', context),
    new TokenError('claim_missing', { claim: 'sub' }),
    new KeySourceUnavailableError('the endpoint is down'),
    new VerificationUnavailableError('the store is down'),
  ]

  it('has a stack of one line and does not change the stacks of other errors', () => {
    const { stackTraceLimit } = Error
    for (const error of errors()) expect(error.stack).toBe(`${error.name}: ${error.message}`)
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
    expect(new Error('another').stack).toContain(__filename)
  })

  it('restores the stack trace limit even if its constructor throws', () => {
    const { stackTraceLimit } = Error
    const options = Object.defineProperty({}, 'cause', {
      get: () => {
        throw new Error('no cause')
      },
    })
    expect(() => new VerificationUnavailableError('the store is down', options)).toThrow('no cause')
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  it('has a stack even if `Error` is frozen', async () => {
    const program = `
      import { RequestRefusedError } from ${JSON.stringify(join(source, 'http/refusals/refusal.ts'))}
      const { stack } = new RequestRefusedError('token_invalid', { realm: 'api' })
      console.log(JSON.stringify({ stack, isFrozen: Object.isFrozen(Error) }))`
    expect(await runApart(program, ['--frozen-intrinsics', '--disable-warning=ExperimentalWarning'])).toEqual({
      stack: 'RequestRefusedError: The access token is invalid',
      isFrozen: true,
    })
  })

  it('keeps the stack of its cause', () => {
    const cause = new Error('the cause')
    expect((new VerificationUnavailableError('the store is down', { cause }).cause as Error).stack).toContain(
      __filename,
    )
  })
})

describe('a token error', () => {
  it.each(faults)('has a specific message for %s', (fault) => {
    const error = new TokenError(fault)
    expect(error).toMatchObject({ name: 'TokenError', code: fault, claim: undefined })
    expect(inspect(error)).toContain(error.message)
  })

  it('names the claim at fault', () => {
    expect(new TokenError('claim_missing', { claim: 'sub' })).toMatchObject({
      claim: 'sub',
      message: 'a required claim is missing: sub',
    })
  })
})
