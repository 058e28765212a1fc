import assert from 'node:assert/strict'
import { ask, type ContractAnswer, me } from '../client.ts'
import { assertOutcome, type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions, Stage } from '../stage.ts'
import { forged, issued, type RequestFor, signedByOther } from '../status-row.ts'
import type { Cases } from './case.ts'

type Row = readonly [title: string, request: RequestFor, outcome: Outcome, body: string]

const { anonymous, malformed, repeated, invalid, expired, ungranted, weakLogin, outOfScope } = outcomes

const rows: readonly Row[] = [
  ['a request without credentials', () => me(), anonymous, bodyOf('unauthorized', 'Authentication is required')],
  ['a malformed header', () => me('Bearer'), malformed, bodyOf('invalid_request', 'The credentials are malformed')],
  [
    'two tokens',
    () => me(['Bearer a', 'Bearer b']),
    repeated,
    bodyOf('invalid_request', 'There is more than one access token'),
  ],
  ['a bad token', signedByOther(), invalid, bodyOf('invalid_token', 'The access token is invalid')],
  [
    'an expired token',
    forged({ claims: { exp: 1 } }),
    expired,
    bodyOf('invalid_token', 'The access token has expired'),
  ],
  [
    'a token without the scope',
    issued({}, { path: '/reports' }),
    outOfScope('reports:read'),
    bodyOf('insufficient_scope', 'The access token does not have the required scope'),
  ],
  [
    'a token that a predicate refuses asynchronously',
    issued({}, { path: '/weekday' }),
    ungranted,
    bodyOf('insufficient_scope', 'The access token does not grant this request'),
  ],
  [
    'a token with a weak login',
    issued({}, { path: '/payments' }),
    weakLogin,
    bodyOf('insufficient_user_authentication', 'A stronger or more recent authentication is required'),
  ],
]

function bodyOf(error: string, description: string): string {
  return JSON.stringify({ error, error_description: description })
}

/** The application has an error handler, which must not be called. */
const responding: AppOptions = { verify: { respond: true }, ownErrorHandler: true }

/** `respond: true`: the middleware sends the answer itself, byte for byte the same in every framework. */
export const respondCases: Cases = {
  ...Object.fromEntries(
    rows.map(([title, request, outcome, body]) => [
      `sends ${outcome.status} to ${title}`,
      async (stage: Stage) => {
        const scene = await stage.shared(responding)
        const asked = await request(scene)
        assertAnswer(await ask(scene.app.server, asked), outcome, body)
        const { headers } = await ask(scene.app.server, { ...asked, method: 'HEAD' })
        assert.deepEqual(headers['content-length'], String(Buffer.byteLength(body)))
      },
    ]),
  ),

  async 'sends 503 if the keys are unavailable'(stage) {
    const { issuer, bearing } = await stage.own(responding)
    issuer.fail({ kind: 'down' })
    const body = bodyOf('temporarily_unavailable', 'The access token cannot be verified at the moment')
    assertAnswer(await bearing(await issuer.issue()), outcomes.unavailable('key_source_unavailable'), body)
  },

  async 'sends 401 to an anonymous request to a guarded route in optional mode'(stage) {
    const { app } = await stage.own({ ...responding, verify: { respond: true, mode: 'optional' } })
    const answer = await ask(app.server, me(undefined, { path: '/reports' }))
    assertAnswer(answer, anonymous, bodyOf('unauthorized', 'Authentication is required'))
  },

  async 'leaves the answer to a good token to the handler'(stage) {
    const { issuer, bearing } = await stage.shared(responding)
    assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
  },

  async 'keeps a challenge that the application set'(stage) {
    const { app } = await stage.own(responding)
    app.server.prependOnceListener('request', (_request, response) => {
      response.setHeader('WWW-Authenticate', 'Basic realm="users"')
    })
    const { headers } = await ask(app.server, me())
    assert.equal(headers['www-authenticate'], `Basic realm="users", ${anonymous.challenge}`)
  },

  async 'leaves errors of the application to its error handler'(stage) {
    const { issuer, app } = await stage.shared(responding)
    const { headers } = me(`Bearer ${await issuer.issue()}`)
    for (const path of ['/faulty', '/unguarded/reports']) {
      const { status, body } = await ask(app.server, { path, ...(headers !== undefined && { headers }) })
      assert.deepEqual([status, (JSON.parse(body) as { own: boolean }).own], [500, true], path)
    }
  },
}

function assertAnswer(answer: ContractAnswer, outcome: Outcome, body: string): void {
  assertOutcome(answer, outcome)
  assert.equal(answer.body, body)
  const { 'content-type': type, 'content-length': length } = answer.headers
  assert.deepEqual([type, length], ['application/json', String(Buffer.byteLength(body))])
}
