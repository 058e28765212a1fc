import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Stage } from '../stage.ts'
import type { Cases } from './case.ts'

/** A client that goes away while its token is verified leaves nothing behind. */
export const disconnectCases: Cases = {
  'and the token turns out to be good': (stage) => leavesDuring(stage, async () => false),
  'and the token turns out to be revoked': (stage) => leavesDuring(stage, async () => true),
  'and the verification fails': (stage) => leavesDuring(stage, () => Promise.reject(new Error('the store is down'))),
}

async function leavesDuring(stage: Stage, verdict: () => Promise<boolean>): Promise<void> {
  const verification = pausing()
  const isRevoked = async ({ jti }: { jti?: string }): Promise<boolean> => {
    if (jti !== 'slow') return false
    await verification.pause()
    return verdict()
  }
  const { issuer, app, bearing } = await stage.own({ verify: { isRevoked }, ownErrorHandler: true })
  await leave(app.server, await issuer.forge({ claims: { jti: 'slow' } }), verification.begun)
  verification.end()
  // An error that nobody takes up fails the test by itself, in the turns of the loop that follow.
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
}

/** Sends the token, and goes away once its verification has begun; waits until the server has seen it. */
async function leave(server: Server, token: string, begun: Promise<void>): Promise<void> {
  const { port } = server.address() as AddressInfo
  const headers = { authorization: `Bearer ${token}` }
  const sent = httpRequest({ host: '127.0.0.1', port, path: '/me', headers, agent: false })
  const failed = once(sent, 'error')
  const connected = once(server, 'connection')
  sent.end()
  const [socket] = (await connected) as [Socket]
  const closed = once(socket, 'close')
  await begun
  sent.destroy(new Error('the client goes away'))
  await Promise.all([failed, closed])
  assert.equal(socket.destroyed, true)
}

function pausing(): { begun: Promise<void>; pause: () => Promise<void>; end: () => void } {
  let begin!: () => void
  let end!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const pause = (): Promise<void> => {
    begin()
    return ended
  }
  return { begun, pause, end: () => end() }
}
