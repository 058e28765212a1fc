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
import { opaqueCases } from './opaque/opaque-cases.ts'
import { assertOutcome } from './outcomes.ts'
import { Stage } from './stage.ts'
import type { StatusRow } from './status-row.ts'
import { basicRows, furtherRows, type StatusTable } from './status-table.ts'
import { type TestFramework, testFramework } from './test-framework.ts'
import { assertSilentAbout, assertTold, listeningTo } from './told.ts'

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
  describeSurface(name, start, { framework: testFramework, hasChannel: true })
}

/** What a platform offers to the contract. */
export interface ContractPlatform {
  readonly framework: TestFramework
  /** False if nobody can subscribe to the tracing channel. */
  readonly hasChannel: boolean
}

/** Defines the same tests for an adapter on a platform that is not Jest on Node. */
export function describeSurface(name: string, start: StartContractApp, platform: ContractPlatform): void {
  const { afterAll, afterEach, describe, it } = platform.framework
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

  function describeRows(tables: StatusTable, client: Client): void {
    for (const [title, rows] of Object.entries(tables)) {
      describe(title, () => {
        for (const row of rows) it(`answers ${row.status} to ${row.title}`, () => holds(row, client))
      })
    }
  }

  async function holds(row: StatusRow, client: Client): Promise<void> {
    const { app, ...cast } = await stage.shared(row.options)
    const request = await row.request(cast)
    const { answer, traces } = await listeningTo(() => client(app.server, request))
    assertOutcome(answer, row)
    if (row.reason !== undefined)
      assert.equal((JSON.parse(answer.body) as { readonly reason?: string }).reason, row.reason)
    if (platform.hasChannel) {
      assertTold(traces, row.told)
      if (row.reason !== undefined) assert.equal(traces.at(-1)?.reason, row.reason)
    }
    // A token is a secret: neither an answer nor a trace may contain its signature, or the random part of an opaque token.
    const secret = /([\w-]{40,})$/.exec(String(request.headers?.['authorization']))?.[1]
    if (secret === undefined) return
    assert.ok(!JSON.stringify(answer).includes(secret), 'the token is in the answer')
    assertSilentAbout(secret, traces)
  }
}
