import type { StartContractApp } from './adapter.ts'
import { clients } from './client.ts'
import { Contract } from './contract.ts'
import { credentialRows, forgeries, optionalRows, tokenRows } from './status-table.ts'
import { testFramework } from './test-framework.ts'

/**
 * The contract that every adapter passes, over real sockets: call it in a test file of the adapter, under Jest or any
 * framework with the same globals. No case can be left out.
 *
 * @param name of the framework, for the titles
 * @param start makes the app of {@link StartContractApp} in that framework
 */
export function describeAdapter(name: string, start: StartContractApp): void {
  const { afterEach, describe, it } = testFramework
  const contract = new Contract(start)
  afterEach(() => contract.end())

  describe(`${name} keeps the status table`, () => {
    for (const [how, client] of Object.entries(clients)) {
      describe(how, () => {
        for (const row of [...credentialRows, ...tokenRows])
          it(`${row.title}: ${row.status}`, () => contract.holds(row, client))
        for (const row of optionalRows)
          it(`optional mode, ${row.title}: ${row.status}`, () => contract.holds(row, client))
      })
    }
  })

  describe(`${name} refuses forged tokens and fetches nothing for them`, () => {
    for (const [title, forge] of Object.entries(forgeries)) it(title, () => contract.refusesWithoutFetching(forge))
    it('a kid that nobody knows: 401, after at most one fetch', () => contract.refusesUnknownKid())
  })

  describe(`${name} tells an outage from a bad token`, () => {
    it('cold and down: 503 with Retry-After and no challenge', () => contract.answersOutage({}))
    it('in optional mode too', () => contract.answersOutage({ mode: 'optional' }))
    it('with keys at hand, good tokens still pass', () => contract.survivesOutage())
  })

  describe(`${name} lives with keys that come late and change`, () => {
    it('30 cold requests make one fetch', () => contract.sharesOneFetch())
    it('after a rotation, tokens of the old and of the new key pass', () => contract.followsRotation())
  })

  describe(`${name} keeps its idiom`, () => {
    it('the handler sees claims and scopes', () => contract.showsClaims())
    it('OPTIONS is protected like any other method', () => contract.protectsOptions())
    it('open routes stay open', () => contract.leavesOpenRoutesOpen())
    it("the application's error handler sees the code, and the challenge goes out", () =>
      contract.survivesOwnErrorHandler())
    it('a guard that verifyJwt does not precede is an error, never a pass', () => contract.failsUnguarded())
    for (const [title, mistake, sentence] of mistakes)
      it(`start-up with ${title} fails`, () => contract.failsToStart(mistake, sentence))
  })

  describe(`${name} serves a JWKS`, () => {
    it('as application/jwk-set+json, cacheable, to every origin', () => contract.servesJwks())
    it('HEAD has the headers of GET and no body', () => contract.answersHead())
    it('304 to whoever has it already', () => contract.answersNotModified())
    it('405 to other methods', () => contract.allowsNoOtherMethod())
    it('to be cached no longer than until a key changes', () => contract.shortensCaching())
    it('of its own keys alone, unless all are asked for', () => contract.publishesOwnKeys())
    it('503 when all keys are asked for and the remote ones cannot be had', () => contract.answersJwksOutage())
  })
}

const mistakes: readonly (readonly [title: string, options: object, sentence: RegExp])[] = [
  ['no issuer', { issuer: undefined }, /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is missing$/],
  ['no audience', { audience: undefined }, /^verifyJwt: option `audience` \(or BEARERKIT_AUDIENCE\) is missing$/],
  [
    'an issuer that is no URL',
    { issuer: 'issuer' },
    /^verifyJwt: option `issuer` \(or BEARERKIT_ISSUER\) is not an absolute URL$/,
  ],
  [
    'plain http',
    { jwksUrl: 'http://issuer.example/jwks' },
    /^verifyJwt: option `jwksUrl` \(or BEARERKIT_JWKS_URL\) must be an https URL/,
  ],
  ['an unknown option', { audiance: 'x' }, /^verifyJwt: option `audiance` is unknown: /],
]
