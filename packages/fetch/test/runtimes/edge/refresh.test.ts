import { testIssuer } from '@bearerkit/testing'
import * as bearerkitFetch from '../../../src/index.ts'
import type { Runtime } from '../../plain-app.ts'
import { edgeRuntime } from './edge-runtime.ts'

/** What Node does in the background, an edge platform would end with the answer to the request. */
const platforms: readonly (readonly [string, () => Promise<Runtime>, { readonly waits: boolean }])[] = [
  ['Node', async () => ({ bearerkit: bearerkitFetch, Request, Response }), { waits: false }],
  ['web standards alone', edgeRuntime, { waits: true }],
]

describe.each(platforms)('on %s', (_name, load, { waits }) => {
  /** An app whose clock the test turns. */
  async function app(more: Partial<bearerkitFetch.VerifyJwtOptions> = {}) {
    const { bearerkit, Request, Response } = await load()
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const issuer = await testIssuer()
    const options: bearerkitFetch.VerifyJwtOptions = {
      ...issuer.verifierOptions({ audience: 'api' }),
      cacheTtl: '1m',
      clock,
      ...more,
    }
    const api = bearerkit.protect(bearerkit.verifyJwt(options), () => Response.json('passed'))
    return {
      issuer,
      pass: (minutes: number): void => void (ahead += minutes * 60_000),
      statusFor: async (token: string): Promise<number> => {
        const headers = { authorization: `Bearer ${token}` }
        return (await api(new Request('https://api.example.com/', { headers }))).status
      },
    }
  }

  test(`a new token ${waits ? 'waits for' : 'does not wait for'} the refresh of keys that is due`, async () => {
    const { issuer, pass, statusFor } = await app()
    const [first, second] = [await issuer.issue(), await issuer.issue()]
    expect(await statusFor(first)).toBe(200)
    await issuer.rotateKey()
    await issuer.keys.destroyKey('test', 1)
    pass(2)
    expect(await statusFor(second)).toBe(waits ? 401 : 200)
  })

  test('keys that cannot be refreshed are used for as long as they may be', async () => {
    const { issuer, pass, statusFor } = await app()
    expect(await statusFor(await issuer.issue())).toBe(200)
    issuer.fail({ kind: 'down' })
    pass(2)
    expect(await statusFor(await issuer.issue())).toBe(200)
    expect(await statusFor(await issuer.issue())).toBe(200)
    pass(120)
    expect(await statusFor(await issuer.issue())).toBe(503)
  })

  test(`a resolved issuer is ${waits ? 'not ' : ''}resolved anew before its time ends`, async () => {
    const asked: string[] = []
    const resolveIssuer = (iss: string): object => {
      asked.push(iss)
      return {}
    }
    const { issuer, pass, statusFor } = await app({ issuer: undefined, resolveIssuer, issuerTtl: '5m' })
    const token = await issuer.issue()
    expect(await statusFor(token)).toBe(200)
    pass(4.5)
    expect(await statusFor(token)).toBe(200)
    expect(asked).toHaveLength(waits ? 1 : 2)
    pass(1)
    expect(await statusFor(await issuer.issue())).toBe(200)
    expect(asked).toHaveLength(2)
  })
})
