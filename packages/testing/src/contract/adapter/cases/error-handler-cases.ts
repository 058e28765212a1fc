import assert from 'node:assert/strict'
import { ask, me } from '../client.ts'
import { type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions, Scene, Stage } from '../stage.ts'
import { forged, issued, type RequestFor, signedByOther } from '../status-row.ts'
import type { Cases } from './case.ts'

interface Expected {
  readonly code: string
  readonly reason: string
  /** The name of the cause, if there is one. */
  readonly cause?: string
}

type Row = readonly [expected: Expected, request: RequestFor, outcome: Outcome]

const seen: readonly Row[] = [
  [alike('credentials_missing'), () => me(), outcomes.anonymous],
  [alike('credentials_malformed'), () => me('Bearer'), outcomes.malformed],
  [alike('credentials_repeated'), () => me(['Bearer a', 'Bearer b']), outcomes.repeated],
  [fault('token_invalid', 'token_malformed'), () => me('Bearer a.b.c'), outcomes.invalid],
  [fault('token_invalid', 'audience_mismatch'), forged({ claims: { aud: 'x' } }), outcomes.invalid],
  [fault('token_invalid', 'issuer_mismatch'), forged({ claims: { iss: 'x' } }), outcomes.invalid],
  [fault('token_invalid', 'signature_invalid'), signedByOther(), outcomes.invalid],
  [fault('token_expired', 'token_expired'), forged({ claims: { exp: 1 } }), outcomes.expired],
  [alike('scope_insufficient'), issued({}, { path: '/reports' }), outcomes.outOfScope('reports:read')],
  [alike('claims_insufficient'), issued({}, { path: '/tenant' }), outcomes.ungranted],
  [alike('authentication_insufficient'), issued({}, { path: '/payments' }), outcomes.weakLogin],
]

/** A refusal whose reason the client may know. */
function alike(code: string): Expected {
  return { code, reason: code }
}

/** A refusal that a fault of the token caused. */
function fault(code: string, reason: string): Expected {
  return { code, reason, cause: 'TokenError' }
}

const own: AppOptions = { ownErrorHandler: true }

/** An error handler of the application sees status, code, reason, cause and headers. The headers are still sent. */
export const errorHandlerCases: Cases = {
  ...Object.fromEntries(
    seen.map(([expected, request, outcome]) => [
      `sees ${outcome.status} ${expected.code} with the reason ${expected.reason}`,
      async (stage: Stage) => assertSeen(await stage.shared(own), request, outcome, expected),
    ]),
  ),

  async 'sees 503 key_source_unavailable'(stage) {
    const scene = await stage.own(own)
    scene.issuer.fail({ kind: 'down' })
    const expected = { ...alike('key_source_unavailable'), cause: 'KeySourceUnavailableError' }
    await assertSeen(scene, issued(), outcomes.unavailable('key_source_unavailable'), expected)
  },

  async 'sees 503 verification_unavailable'(stage) {
    const scene = await stage.own({ ...own, verify: { isRevoked: () => Promise.reject(new Error('down')) } })
    const expected = { ...alike('verification_unavailable'), cause: 'VerificationUnavailableError' }
    await assertSeen(scene, issued(), outcomes.unavailable('verification_unavailable'), expected)
  },

  async 'sees 500 configuration_invalid if a guard has no verifyJwt before it'(stage) {
    const { issuer, app } = await stage.shared(own)
    const request = await issued({ scope: 'reports:read' }, { path: '/unguarded/reports' })({ issuer, other: issuer })
    const { status, body } = await ask(app.server, request)
    const { name, code } = JSON.parse(body) as { name: string; code: string }
    assert.deepEqual([status, name, code], [500, 'ConfigurationError', 'configuration_invalid'])
  },
}

async function assertSeen(
  scene: Scene,
  requestFor: RequestFor,
  { status, challenge }: Outcome,
  { code, reason, cause }: Expected,
): Promise<void> {
  const answer = await ask(scene.app.server, await requestFor(scene))
  const header = challenge === undefined ? 'Retry-After' : 'WWW-Authenticate'
  const value = answer.headers[header.toLowerCase()]
  if (challenge === undefined) assert.match(String(value), /^\d+$/)
  else assert.equal(value, challenge)
  const { message, ...shown } = JSON.parse(answer.body) as { message: string }
  assert.match(message, /^[A-Z][\w ]+$/)
  assert.equal(answer.status, status)
  assert.deepEqual(shown, {
    own: true,
    name: 'RequestRefusedError',
    status,
    isOneStatus: true,
    code,
    reason,
    expose: status < 500,
    headers: { [header]: value },
    ...(cause !== undefined && { cause }),
  })
}
