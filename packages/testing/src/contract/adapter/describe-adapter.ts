import assert from 'node:assert/strict'
import type { StartContractApp } from './adapter.ts'
import type { Cases } from './cases/case.ts'
import { certificateCases } from './cases/certificate-cases.ts'
import { challengeCases } from './cases/challenge-cases.ts'
import { defaultAnswerCases } from './cases/default-answer-cases.ts'
import { errorHandlerCases } from './cases/error-handler-cases.ts'
import { formBodyCases } from './cases/form-body-cases.ts'
import { forgeryCases } from './cases/forgery-cases.ts'
import { handlerCases } from './cases/handler-cases.ts'
import { jwksRouteCases } from './cases/jwks-route-cases.ts'
import { keyCases } from './cases/key-cases.ts'
import { lateOutcomeCases } from './cases/late-outcome-cases.ts'
import { logoutCases } from './cases/logout-cases.ts'
import { metadataRouteCases } from './cases/metadata-route-cases.ts'
import { outageCases } from './cases/outage-cases.ts'
import { respondCases } from './cases/respond-cases.ts'
import { introspectionCases } from './cases/introspection-cases.ts'
import { revocationCases } from './cases/revocation-cases.ts'
import { startUpCases } from './cases/start-up-cases.ts'
import { ask, type Client, clients } from './client.ts'
import { dpopCases } from './dpop/dpop-cases.ts'
import { dpopRows } from './dpop/dpop-rows.ts'
import { opaqueCases } from './opaque/opaque-cases.ts'
import { opaqueRows } from './opaque/opaque-rows.ts'
import { assertOutcome } from './outcomes.ts'
import { certificateRows } from './rows/certificate-rows.ts'
import { claimRows } from './rows/claim-rows.ts'
import { credentialRows } from './rows/credential-rows.ts'
import { guardRows, unguardedRows } from './rows/guard-rows.ts'
import { headerRows } from './rows/header-rows.ts'
import { optionRows } from './rows/option-rows.ts'
import { profileRows } from './rows/profile-rows.ts'
import { optionalRows, tokenRows } from './rows/token-rows.ts'
import { tokenSourceRows } from './rows/token-source-rows.ts'
import { Stage } from './stage.ts'
import type { StatusRow } from './status-row.ts'
import { testFramework } from './test-framework.ts'

/** The rows that run with every client. */
const basicRows: Readonly<Record<string, readonly StatusRow[]>> = {
  'credentials (RFC 6750 §2.1)': credentialRows,
  'tokens (RFC 6750 §3.1)': tokenRows,
  'the option mode: optional': optionalRows,
}

const furtherRows: Readonly<Record<string, readonly StatusRow[]>> = {
  'the header of a token (RFC 7515 §4.1, RFC 8725 §3)': headerRows,
  'the claims of a token (RFC 7519 §4.1)': claimRows,
  'the profile rfc9068 (RFC 9068 §4)': profileRows,
  'options of verifyJwt': optionRows,
  'the option tokenSource (RFC 6750 §2.2)': tokenSourceRows,
  'tokens that are bound to a certificate (RFC 8705 §3)': certificateRows,
  'tokens that are bound to a key of the client (RFC 9449)': dpopRows,
  'opaque tokens (RFC 7662)': opaqueRows,
  'guards (RFC 6750 §3.1, RFC 9470 §3)': guardRows,
  'guards without verifyJwt before them': unguardedRows,
}

const allCases: Readonly<Record<string, Cases>> = {
  'forged tokens': forgeryCases,
  outages: outageCases,
  'signing keys': keyCases,
  'the certificate of the client': certificateCases,
  'DPoP proofs': dpopCases,
  'opaque tokens': opaqueCases,
  'route handlers': handlerCases,
  'an error handler of the application': errorHandlerCases,
  'the WWW-Authenticate header': challengeCases,
  'the default error handler of the framework': defaultAnswerCases,
  'an outcome that comes too late': lateOutcomeCases,
  'the option respond: true': respondCases,
  'start-up': startUpCases,
  'the JWKS route': jwksRouteCases,
  'the protected resource metadata route (RFC 9728)': metadataRouteCases,
  'the logout route (OpenID Connect Back-Channel Logout 1.0)': logoutCases,
  'the revocation route (RFC 7009)': revocationCases,
  'the introspection route (RFC 7662)': introspectionCases,
  'the body of these two routes': formBodyCases,
}

/**
 * Defines the contract tests that every adapter passes, over real sockets. Call it in a test file of the adapter, under
 * Jest or any test framework with the same globals. Cases cannot be skipped.
 *
 * @param name the name of the framework, for the titles
 * @param start starts the app of {@link StartContractApp} in that framework
 */
export function describeAdapter(name: string, start: StartContractApp): void {
  const { afterAll, afterEach, describe, it } = testFramework
  const stage = new Stage(start)

  describe(name, () => {
    afterEach(() => stage.endOwn())
    afterAll(() => stage.end())

    for (const [how, client] of Object.entries(clients)) {
      describe(`status table ${how}`, () => describeRows(basicRows, client))
    }
    describe('status table', () => describeRows(furtherRows, ask))
    for (const [title, cases] of Object.entries(allCases)) {
      describe(title, () => {
        for (const [what, run] of Object.entries(cases)) it(what, () => run(stage))
      })
    }
  })

  function describeRows(tables: typeof basicRows, client: Client): void {
    for (const [title, rows] of Object.entries(tables)) {
      describe(title, () => {
        for (const row of rows) it(`answers ${row.status} to ${row.title}`, () => holds(row, client))
      })
    }
  }

  async function holds(row: StatusRow, client: Client): Promise<void> {
    const { app, ...cast } = await stage.shared(row.options)
    const request = await row.request(cast)
    const answer = await client(app.server, request)
    assertOutcome(answer, row)
    if (row.reason !== undefined)
      assert.equal((JSON.parse(answer.body) as { readonly reason?: string }).reason, row.reason)
    // A token is a secret: no answer may contain its signature, or the random part of an opaque token.
    const secret = /([\w-]{40,})$/.exec(String(request.headers?.['authorization']))?.[1]
    if (secret !== undefined) assert.ok(!JSON.stringify(answer).includes(secret), 'the token is in the answer')
  }
}
