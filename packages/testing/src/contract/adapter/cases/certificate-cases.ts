import assert from 'node:assert/strict'
import { certificateOf } from '../certificates.ts'
import { ask } from '../client.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { AppOptions } from '../stage.ts'
import type { Cases } from './case.ts'

const behindProxy: AppOptions = {
  verify: { mtls: { certificate: { header: 'client-cert', format: 'der-base64', trusted: () => true } } },
}
const withErrorHandler: AppOptions = { ...behindProxy, ownErrorHandler: true }
const published: AppOptions = { ...behindProxy, metadata: {} }

/** What applications see of the certificate to which a token is bound: RFC 8705. */
export const certificateCases: Cases = {
  async 'is shown to handlers as the proof of a bound token'(stage) {
    const { issuer, app } = await stage.shared(behindProxy)
    const { cert, der, thumbprint } = certificateOf('client')
    const headers = {
      authorization: `Bearer ${await issuer.issue({}, { boundTo: { certificate: cert } })}`,
      'client-cert': der.toString('base64'),
    }
    const { body } = await ask(app.server, { path: '/me', headers })
    const { scheme, proof } = JSON.parse(body) as { scheme: string; proof: object }
    assert.deepEqual([scheme, proof], ['Bearer', { kind: 'mtls', thumbprint }])
  },

  async 'is checked at each use of a token'(stage) {
    const { issuer, app } = await stage.shared(behindProxy)
    const [client, other] = [certificateOf('client'), certificateOf('other')]
    const authorization = `Bearer ${await issuer.issue({}, { boundTo: { certificate: client.der } })}`
    for (const { der } of [client, other, client]) {
      const headers = { authorization, 'client-cert': der.toString('base64') }
      const answer = await ask(app.server, { path: '/me', headers })
      assertOutcome(answer, der === client.der ? outcomes.passes : outcomes.unproven)
    }
  },

  async 'is named in the error of a refused request'(stage) {
    const { issuer, app } = await stage.shared(withErrorHandler)
    const authorization = `Bearer ${await issuer.issue({}, { boundTo: { certificate: certificateOf('client').der } })}`
    const expected = {
      certificate_missing: {},
      certificate_mismatch: { 'client-cert': certificateOf('other').der.toString('base64') },
      certificate_unreadable: { 'client-cert': 'x' },
    }
    for (const [reason, headers] of Object.entries(expected)) {
      const { body } = await ask(app.server, { path: '/me', headers: { authorization, ...headers } })
      const { code, reason: shown, cause } = JSON.parse(body) as Record<string, string>
      assert.deepEqual([code, shown, cause], ['proof_invalid', reason, 'ProofError'])
    }
  },

  async 'is announced in the metadata of the resource (RFC 9728 §2)'(stage) {
    const { app } = await stage.own({
      ...published,
      verify: { ...published.verify, audience: 'https://api.example.com/mcp' },
    })
    const { body } = await ask(app.server, { path: '/.well-known/oauth-protected-resource/mcp' })
    assert.equal((JSON.parse(body) as Record<string, unknown>)['tls_client_certificate_bound_access_tokens'], true)
  },
}
