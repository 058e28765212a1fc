import assert from 'node:assert/strict'
import type { Cases } from '../cases/case.ts'
import { certificateOf } from '../certificates.ts'
import { ask, type ContractAnswer, me } from '../client.ts'
import { dpopClient, publicUrl } from '../dpop/dpop-request.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import { asking } from './opaque-request.ts'

const { passes, invalid } = outcomes
const unavailable = outcomes.unavailable('introspection_unavailable')

const asks = asking()
const alsoAboutJwts = asking({ jwt: 'also' })
const withDpop = asking({}, { dpop: { algorithms: ['ES256'], publicUrl } })
const certificateHeader = 'client-cert'
const withMtls = asking(
  {},
  { mtls: { certificate: { header: certificateHeader, format: 'rfc9440', trusted: () => true } } },
)

/** Opaque tokens (RFC 7662), where it takes more than one request to see. */
export const opaqueCases: Cases = {
  async 'are shown to handlers like JWTs, with an empty header'(stage) {
    const scene = await stage.shared(asks)
    const { body } = await scene.bearing(await scene.issuer.issueOpaque({ scope: 'a b', tenant: 'acme' }))
    const { scheme, header, claims, scopes, proof } = JSON.parse(body) as Readonly<Record<string, object>>
    assert.deepEqual([scheme, header, scopes, proof], ['Bearer', {}, ['a', 'b'], undefined])
    const { issuer: iss, audience: aud } = scene.issuer
    assert.deepEqual({ ...claims, iss, aud, sub: 'user-1', tenant: 'acme', token_type: 'Bearer' }, claims)
    assert.ok(!Object.hasOwn(claims ?? {}, 'active'))
  },

  async 'pass with the DPoP proof that they are bound to, and not without'(stage) {
    const { app, issuer } = await stage.shared(withDpop)
    const client = await dpopClient()
    const token = await issuer.issueOpaque({}, { boundTo: { jkt: client.jkt } })
    const proof = (): Promise<string> => client.proof({ url: `${publicUrl}/me`, token })
    for (const [scheme, headers, status, reason] of [
      ['DPoP', { dpop: await proof() }, 200, undefined],
      ['DPoP', { dpop: await proof() }, 200, undefined],
      ['DPoP', {}, 401, 'dpop_proof_missing'],
      ['Bearer', { dpop: await proof() }, 401, 'proof_required'],
    ] as const) {
      const answer = await ask(
        app.server,
        me(undefined, { headers: { authorization: `${scheme} ${token}`, ...headers } }),
      )
      assert.deepEqual([answer.status, reasonOf(answer)], [status, reason])
    }
  },

  async 'pass with the certificate that they are bound to, and with no other'(stage) {
    const { app, issuer } = await stage.shared(withMtls)
    const { cert } = certificateOf('client')
    const authorization = `Bearer ${await issuer.issueOpaque({}, { boundTo: { certificate: cert } })}`
    for (const [owner, status, reason] of [
      ['client', 200, undefined],
      ['other', 401, 'certificate_mismatch'],
    ] as const) {
      const certificate = `:${certificateOf(owner).der.toString('base64')}:`
      const answer = await ask(
        app.server,
        me(undefined, { headers: { authorization, [certificateHeader]: certificate } }),
      )
      assert.deepEqual([answer.status, reasonOf(answer)], [status, reason])
    }
  },

  async 'are asked about once if 50 requests come at the same moment'(stage) {
    const { issuer, bearing } = await stage.own(asks)
    // The others arrive before the first answer.
    issuer.fail({ kind: 'slow', delay: 50 }, { only: 'introspection' })
    const token = await issuer.issueOpaque()
    for (const answer of await Promise.all(Array.from({ length: 50 }, () => bearing(token))))
      assertOutcome(answer, passes)
    assert.equal(issuer.requests.introspection, 1)
  },

  async 'are the only tokens that are sent to the issuer'(stage) {
    const { issuer, bearing } = await stage.own(asks)
    const forgeries = ['wrongKey', 'algNone', 'expired', 'tamperedPayload'] as const
    assertOutcome(await bearing(await issuer.issue()), passes)
    for (const name of forgeries) assert.equal((await bearing(await issuer.forged[name]())).status, 401)
    assert.equal(issuer.requests.introspection, 0)
  },

  async 'can be asked about beside JWTs, once the signature holds'(stage) {
    const { issuer, bearing } = await stage.own(alsoAboutJwts)
    assertOutcome(await bearing(await issuer.issue()), passes)
    const revoked = await issuer.issue()
    issuer.revoke(revoked)
    assertOutcome(await bearing(revoked), invalid)
    assert.equal(issuer.requests.introspection, 2)
    assertOutcome(await bearing(await issuer.forged.wrongKey()), invalid)
    assert.equal(issuer.requests.introspection, 2)
  },

  async 'pass while the issuer is down if they are remembered, and others get 503 until it is back'(stage) {
    const { issuer, bearing } = await stage.own(asks)
    const [remembered, other] = [await issuer.issueOpaque(), await issuer.issueOpaque()]
    assertOutcome(await bearing(remembered), passes)
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(remembered), passes)
    assertOutcome(await bearing(other), unavailable)
    issuer.recover()
    assertOutcome(await bearing(other), passes)
  },

  async 'get the Retry-After of the issuer, which is not asked again before'(stage) {
    const { issuer, bearing } = await stage.own(asks)
    issuer.fail({ kind: 'status', status: 503, headers: { 'Retry-After': '20' } }, { only: 'introspection' })
    const retryAfters: unknown[] = []
    for (let count = 0; count < 3; count += 1) {
      const answer = await bearing(await issuer.issueOpaque())
      assertOutcome(answer, unavailable)
      retryAfters.push(answer.headers['retry-after'])
    }
    assert.deepEqual(retryAfters, ['20', '20', '20'])
    assert.equal(issuer.requests.introspection, 1)
  },

  async 'are refused at the latest `cacheTtl` after the issuer revoked them'(stage) {
    let ahead = 0
    const clock = { now: (): number => Date.now() + ahead }
    const { issuer, bearing } = await stage.own(asking({ cacheTtl: '30s' }, { clock }))
    const token = await issuer.issueOpaque()
    assertOutcome(await bearing(token), passes)
    issuer.revoke(token)
    assertOutcome(await bearing(token), passes)
    ahead = 30_000
    assertOutcome(await bearing(token), invalid)
  },

  async 'do not pass because of a page that the issuer redirects to'(stage) {
    const { issuer, other, bearing } = await stage.own(asks)
    const { audience: aud } = issuer
    other.fail({ kind: 'body', body: JSON.stringify({ active: true, aud }) })
    const redirect = { kind: 'redirect', location: other.issuer } as const
    assertOutcome(await bearing(await issuer.forgeOpaque({ fault: redirect })), unavailable)
    assert.equal(other.requests.total, 0)
  },
}

function reasonOf({ body }: ContractAnswer): string | undefined {
  return (JSON.parse(body) as { readonly reason?: string }).reason
}
