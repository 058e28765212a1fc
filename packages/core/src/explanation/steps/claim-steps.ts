import type { ExplainedCase } from '../explained-case.ts'
import type { Failure } from '../failure.ts'
import { isIdToken, sendAccessToken } from '../look-alikes.ts'
import type { Step } from '../step.ts'
import { listed, shown } from '../wording.ts'

const textClaims = ['sub', 'jti', 'client_id']

/** The claims, which are authentic from here on, apart from the times. */
export const claimSteps: readonly Step[] = [
  {
    name: 'nesting',
    rule: 'RFC 8259 §9',
    faults: ['token_malformed:claims'],
    applies: ({ isOpaque }) => !isOpaque,
    expected: () => 'claims nested at most 32 levels deep',
    found: (_, failure) => (failure === undefined ? 'not deeper' : 'deeper'),
    advice: () => 'Have the issuer put flatter claims into its tokens.',
  },
  {
    name: 'required claims',
    rule: 'RFC 7519 §4.1.4, RFC 9068 §2.2',
    faults: ['claim_missing'],
    applies: ({ rules }) => rules === undefined || rules.required.length > 0,
    expected: ({ rules }) => (rules === undefined ? 'those that the options require' : names(rules.required)),
    found: (_, failure) => (failure === undefined ? 'all of them' : `no \`${failure.claim}\``),
    advice: adviseOnMissing,
  },
  {
    name: 'text claims',
    rule: 'RFC 7519 §4.1, RFC 8693 §4.3',
    faults: textClaims.map((claim) => `claim_invalid:${claim}`),
    expected: () => `${names(textClaims)} are text, if they are there`,
    found: ({ claims }, failure) =>
      failure?.claim === undefined ? 'they are' : `\`${failure.claim}\` is ${kindOf(claims[failure.claim])}`,
    advice: (_, { claim }) => `Have the issuer write \`${claim}\` as text.`,
  },
  {
    name: 'audience',
    rule: 'RFC 7519 §4.1.3, RFC 8725 §3.9',
    faults: ['audience_mismatch', 'claim_invalid:aud'],
    isSkipped: ({ rules }) => rules?.audience === null,
    expected: ({ rules }) => {
      if (rules?.audience === null) return 'anything: `audience` is null'
      return rules === undefined ? 'that of the options' : `\`aud\` ${[...rules.audience].map(shown).join(' or ')}`
    },
    found: ({ claims }) => `\`aud\` ${shown(claims['aud'])}`,
    advice: adviseOnAudience,
  },
]

function names(claims: readonly string[]): string {
  return claims.map((claim) => `\`${claim}\``).join(', ')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a value of the type ${typeof value}`
}

function adviseOnMissing({ claims, rules }: ExplainedCase, { claim = '' }: Failure): string {
  if (isIdToken(claims)) return sendAccessToken
  if (claim === 'exp')
    return 'A token without `exp` would be valid forever. Have the issuer set it. No option accepts such tokens.'
  if (rules?.profile === 'rfc9068' && !isRequiredByOption(claim))
    return `RFC 9068 requires \`${claim}\`. Have the issuer set it, or use \`profile: 'jwt'\`.`
  return `Have the issuer set \`${claim}\`, or take it out of \`requiredClaims\`.`
}

const requiredByProfile = ['aud', 'sub', 'client_id', 'iat', 'jti']

function isRequiredByOption(claim: string): boolean {
  return !requiredByProfile.includes(claim)
}

function adviseOnAudience(given: ExplainedCase, { names: faults }: Failure): string {
  const { claims, rules } = given
  const named = [claims['aud']].flat()
  const accepted = [...(rules?.audience ?? [])]
  if (faults.includes('claim_invalid')) return 'Have the issuer write `aud` as text, or as a list of texts.'
  if (isIdToken(claims)) return sendAccessToken
  const similar = named
    .filter((one) => typeof one === 'string')
    .find((one) => accepted.some((audience) => isAlmost(one, audience)))
  if (similar !== undefined)
    return `Only ${differenceOf(similar, accepted)} differs, and it counts. Use the same spelling in the option and at the issuer: \`audience: ${shown(similar)}\`.`
  if (claims['aud'] === undefined)
    return 'The token names no API at all. Have the issuer set `aud`, which often needs an API or a resource to be registered there, and have the client ask for it.'
  if (claims['azp'] !== undefined && named.includes(claims['azp']))
    return 'The token names the client itself instead of an API, as an ID token does. Have the client ask for this API (`audience`, `resource` or a scope of it), and send the access token.'
  return `The token is for another API: ${listed(named)}. Have the client ask for this one, or correct the option \`audience\`.`
}

function isAlmost(one: string, other: string): boolean {
  return simplified(one) === simplified(other)
}

function simplified(text: string): string {
  return text.toLowerCase().replace(/\/$/, '')
}

function differenceOf(named: string, accepted: readonly string[]): string {
  return accepted.some((audience) => audience.replace(/\/$/, '') === named.replace(/\/$/, ''))
    ? 'the slash at the end'
    : 'upper and lower case'
}
