import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { outcomes } from '../outcomes.ts'
import type { Scene, Stage } from '../stage.ts'
import type { Cases } from './case.ts'

const basic = 'Basic realm="users"'
const digest = 'Digest realm="users", nonce="x"'
const { challenge: bearer } = outcomes.anonymous

/** RFC 9110 §11.6.1: an answer may have several challenges. Each has a separate line, because few clients split one. */
export const challengeCases: Cases = {
  async 'keeps a challenge that the application set'(stage) {
    assert.deepEqual(await challengesBeside(stage, basic), [basic, bearer])
  },

  async 'keeps several challenges that the application set'(stage) {
    assert.deepEqual(await challengesBeside(stage, [basic, digest]), [basic, digest, bearer])
  },

  async 'does not repeat a challenge that the application set'(stage) {
    assert.deepEqual(await challengesBeside(stage, bearer), [bearer])
  },

  async 'keeps the challenge of an application with an error handler'(stage) {
    assert.deepEqual(await challengesBeside(stage, basic, true), [basic, bearer])
  },

  async 'does not keep the challenge for the next answer'(stage) {
    const scene = await stage.own()
    setBefore(scene, basic)
    assert.deepEqual(await challengesOf(scene), [basic, bearer])
    assert.deepEqual(await challengesOf(scene), [bearer])
  },
}

async function challengesBeside(
  stage: Stage,
  before: string | readonly string[],
  ownErrorHandler = false,
): Promise<readonly string[]> {
  const scene = await stage.own({ ownErrorHandler })
  setBefore(scene, before)
  return challengesOf(scene)
}

/** Sets challenges on Node's response before the framework gets the next request. */
function setBefore({ app }: Scene, challenges: string | readonly string[]): void {
  app.server.prependOnceListener('request', (_request, response) => {
    response.setHeader('WWW-Authenticate', challenges)
  })
}

/** Returns the `WWW-Authenticate` lines of the answer to a request without credentials. */
export async function challengesOf({ app }: Pick<Scene, 'app'>): Promise<readonly string[]> {
  const { port } = app.server.address() as AddressInfo
  const sent = get({ host: '127.0.0.1', port, path: '/me', agent: false })
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return [...(answer.headersDistinct['www-authenticate'] ?? [])]
}
