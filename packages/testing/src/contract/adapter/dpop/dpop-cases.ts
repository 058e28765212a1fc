import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { dpopNonces, memoryReplayStore } from '@bearerkit/core'
import type { Cases } from '../cases/case.ts'
import { challengesOf } from '../cases/challenge-cases.ts'
import { ask, type ContractAnswer, type ContractRequest } from '../client.ts'
import { assertOutcome } from '../outcomes.ts'
import type { AppOptions, Scene } from '../stage.ts'
import { dpopOutcomes } from './dpop-outcomes.ts'
import { dpopClient, type DpopRequest, proven, publicUrl } from './dpop-request.ts'

const { passes, unproven, withoutNonce, outOfScope } = dpopOutcomes

const dpop = { algorithms: ['ES256', 'RS256'], publicUrl }

/** Behaviour that takes more than one request with a proof. */
export const dpopCases: Cases = {
  async 'show the proof to handlers'(stage) {
    const scene = await stage.shared({ verify: { dpop } })
    const { body } = await send(scene, { change: { claims: { jti: 'shown' } } })
    const { jkt } = await dpopClient()
    const { scheme, proof } = JSON.parse(body) as { scheme: string; proof: object }
    assert.deepEqual([scheme, proof], ['DPoP', { kind: 'dpop', thumbprint: jkt, jti: 'shown' }])
  },

  async 'are for the address that the client asked'(stage) {
    const scene = await stage.shared({ verify: { dpop: true } })
    const { port } = scene.app.server.address() as AddressInfo
    assertOutcome(await send(scene, { url: `http://127.0.0.1:${port}/me` }), passes)
    const { status } = await send(scene, { url: `http://localhost:${port}/me` })
    assert.equal(status, 401)
  },

  async 'pass once'(stage) {
    const scene = await stage.own({ verify: { dpop }, ownErrorHandler: true })
    const request = await proven()(scene)
    assertOutcome(await ask(scene.app.server, request), passes)
    const again = await ask(scene.app.server, request)
    assertOutcome(again, unproven)
    assert.equal(reasonOf(again), 'dpop_proof_replayed')
  },

  async 'pass once if they are sent twenty times at the same moment'(stage) {
    const scene = await stage.own({ verify: { dpop }, ownErrorHandler: true })
    const request = await proven()(scene)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(scene.app.server, request)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  },

  async 'are not spent by a request that is refused'(stage) {
    let revokedOnce = false
    const replay = memoryReplayStore()
    const isRevoked = (): boolean => !revokedOnce && (revokedOnce = true)
    const scene = await stage.own({ verify: { dpop: { ...dpop, replay }, isRevoked } })
    const request = await proven()(scene)
    assert.equal((await ask(scene.app.server, request)).status, 401)
    assert.equal(replay.size, 0)
    assertOutcome(await ask(scene.app.server, request), passes)
    assert.equal(replay.size, 1)
  },

  async 'get 503 if the replay store is down'(stage) {
    const replay = { firstUse: () => Promise.reject(new Error('the store is down')) }
    const scene = await stage.own({ verify: { dpop: { ...dpop, replay } } })
    const { status, headers } = await send(scene)
    assert.deepEqual([status, headers['retry-after']], [503, '5'])
  },

  async 'get a challenge for each scheme in a line of its own'(stage) {
    const scene = await stage.shared({ verify: { dpop } })
    const expected = ['Bearer realm="api"', 'DPoP realm="api", algs="ES256 RS256"']
    assert.deepEqual(await challengesOf(scene), expected)
  },

  async 'get the error in the body with respond: true'(stage) {
    const scene = await stage.shared({ verify: { dpop, respond: true } })
    const { body } = await send(scene, { change: { claims: { htm: 'get' } } })
    assert.equal(body, '{"error":"invalid_dpop_proof","error_description":"The proof of possession is invalid"}')
  },

  async 'need a nonce of the server, get the next one ahead of time, and get it once'(stage) {
    let now = 1_800_000_000_000
    const nonce = dpopNonces('a secret of 32 characters or more', { clock: { now: () => now } })
    const scene = await stage.own(withNonce(nonce))
    const refused = await send(scene)
    assertOutcome(refused, withoutNonce)
    const [first, second] = [nonce.current(), await later()]
    assert.equal(refused.headers['dpop-nonce'], first)
    assertNonce(await send(scene, { nonce: first }), passes, undefined)
    now += 60_000
    assertNonce(await send(scene, { nonce: first }), passes, second)
    assertNonce(await send(scene, { nonce: first, path: '/reports' }), outOfScope, second)
    assertNonce(await send(scene, { nonce: second }), passes, undefined)
    now += 60_000
    assertNonce(await send(scene, { nonce: first }), withoutNonce, nonce.current())

    async function later(): Promise<string> {
      now += 60_000
      const nonceThen = nonce.current()
      now -= 60_000
      return nonceThen
    }
  },

  async 'need a nonce that one instance gave and another accepts, across the change of the nonce'(stage) {
    const secret = 'a secret of 32 characters or more'
    // The nonce changes every 60 seconds. The clock of the second instance is two seconds ahead, so it changes there first.
    let now = 1_800_000_000_000 - 1000
    const nonceAhead = dpopNonces(secret, { clock: { now: () => now + 2000 } })
    const one = await stage.own(withNonce(dpopNonces(secret, { clock: { now: () => now } })))
    const other = await stage.own(withNonce(nonceAhead))
    const { headers } = await send(one)
    const first = String(headers['dpop-nonce'])
    const second = String((await send(other)).headers['dpop-nonce'])
    assert.notEqual(first, second)
    // Each instance accepts the nonce of the other, and gives its own ahead of time.
    assertNonce(await send(other, { nonce: first }), passes, second)
    assertNonce(await send(one, { nonce: second }), passes, first)
    now += 2000
    assertNonce(await send(one, { nonce: first }), passes, second)
    assertNonce(await send(one, { nonce: second }), passes, undefined)
    now += 57_000
    assertNonce(await send(one, { nonce: first }), passes, second)
    assertNonce(await send(other, { nonce: first }), withoutNonce, nonceAhead.current())
  },
}

function withNonce(nonce: ReturnType<typeof dpopNonces>): AppOptions {
  return { verify: { dpop: { ...dpop, nonce } } }
}

async function send(scene: Scene, request: DpopRequest = {}): Promise<ContractAnswer> {
  const sent: ContractRequest = await proven(request)(scene)
  return ask(scene.app.server, sent)
}

function reasonOf({ body }: ContractAnswer): string | undefined {
  return (JSON.parse(body) as { readonly reason?: string }).reason
}

/** Node joins several lines of this header with commas, so one value is one line. */
function assertNonce(answer: ContractAnswer, outcome: typeof passes, nonce: string | undefined): void {
  assertOutcome(answer, outcome)
  assert.equal(answer.headers['dpop-nonce'], nonce)
}
