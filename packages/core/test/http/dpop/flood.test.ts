import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { UseOptions } from '../../../src/replay/replay-store.ts'
import { source } from '../../support/bundle.ts'
import { runApart } from '../../support/own-process.ts'
import { DpopSetting, origin } from './setting.ts'

function random(octets: number): string {
  return randomBytes(octets).toString('base64url')
}

function segment(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** Proofs that break no rule before the key or the signature is compared. */
const junk: Readonly<Record<string, { readonly count: number; readonly header: (jwk: object) => object }>> = {
  // More keys than are kept.
  dpop_key_mismatch: { count: 11_000, header: (jwk) => ({ jwk: { ...jwk, x: random(32) } }) },
  dpop_signature_invalid: { count: 2000, header: (jwk) => ({ jwk, kid: random(8) }) },
}

describe('a flood of bad proofs', () => {
  it.each(Object.keys(junk))('spends nothing, and pushes no good key out: %s', async (reason) => {
    const { count = 0, header = Object } = junk[reason] ?? {}
    const setting = await DpopSetting.create()
    const firstUse = jest.fn<boolean, [string, UseOptions]>(() => true)
    const authenticator = setting.authenticator({ publicUrl: origin, replay: { firstUse } })
    const good = await setting.client.proof({ url: `${origin}/me`, token: setting.token })
    await setting.ask(authenticator, setting.request({ proof: good }))
    const [, claims = ''] = good.split('.')
    for (let sent = 0; sent < count; sent += 1) {
      const start = segment({ typ: 'dpop+jwt', alg: 'ES256', ...header(setting.client.publicJwk) })
      const proof = `${start}.${claims}.${random(64)}`
      const { error } = await setting.ask(authenticator, setting.request({ proof }))
      if (error?.reason !== reason) throw new Error(`answered with ${error?.reason}`)
    }
    expect(firstUse).toHaveBeenCalledTimes(1)
    await setImmediate()
    const pass = jest.fn()
    authenticator.authenticate(await setting.request(), { pass, refuse: jest.fn() })
    // Without waiting, so its key was still there.
    expect(pass).toHaveBeenCalledTimes(1)
  })

  it('leaves nothing in memory', async () => {
    const { before, after, reasons } = (await runApart(flood, ['--expose-gc'])) as Record<string, unknown>
    expect(reasons).toEqual(['dpop_key_mismatch', 'dpop_signature_invalid'])
    // With 100 bytes for each of 12,000 proofs, it would be more.
    expect(Number(after) - Number(before)).toBeLessThan(1_000_000)
  }, 90_000)
})

/** Sends some bad proofs to warm up, and then more than any cache has entries. */
const flood = `
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { Authenticator, LocalKeyProvider, TokenIssuer } from ${JSON.stringify(join(source, 'index.ts'))}

const [issuer, audience] = ['https://issuer.example.com', 'https://api.example.com']
const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })
const { fingerprint: jkt } = await keys.createKey({ alg: 'ES256', kid: 'client' })
const { kty, crv, x, y } = await keys.getPublicJwk('client')
const token = await new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'u' }, { boundTo: { jkt } })
const ath = createHash('sha256').update(token).digest('base64url')
const authenticator = new Authenticator({ keys, issuer, audience, dpop: { publicUrl: audience } })

const reasons = new Set()
const random = (octets) => randomBytes(octets).toString('base64url')
const segment = (content) => Buffer.from(JSON.stringify(content)).toString('base64url')

function junk(number) {
  const jwk = { kty, crv, x: number % 3 === 0 ? random(32) : x, y }
  const claims = { jti: random(12), htm: 'GET', htu: audience + '/me', iat: Date.now() / 1000, ath }
  return segment({ typ: 'dpop+jwt', alg: 'ES256', kid: random(200), jwk }) + '.' + segment(claims) + '.' + random(64)
}

async function send(count) {
  for (let number = 0; number < count; number += 1) {
    const headers = { authorization: 'DPoP ' + token, dpop: junk(number) }
    const reason = await new Promise((resolve, reject) => {
      const refuse = (error) => resolve(error.reason)
      authenticator.authenticate({ method: 'GET', url: '/me', headers }, { pass: () => reject(new Error()), refuse })
    })
    reasons.add(reason)
  }
}

async function heapUsed() {
  for (let pass = 0; pass < 4; pass += 1) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

await send(3000)
const before = await heapUsed()
await send(12_000)
const after = await heapUsed()
console.log(JSON.stringify({ before, after, reasons: [...reasons].sort() }))
`
