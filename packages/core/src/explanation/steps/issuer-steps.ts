import type { ExplainedCase } from '../explained-case.ts'
import { causesOf, type Failure } from '../failure.ts'
import { isIdToken, sendAccessToken } from '../look-alikes.ts'
import type { Step } from '../step.ts'
import { listed, shown } from '../wording.ts'

/** Whose token it is. Decided by the `iss` claim before it is authentic, because it selects the rules and the keys. */
export const issuerStep: Step = {
  name: 'issuer',
  rule: 'RFC 8725 §3.8, RFC 9068 §4',
  faults: ['issuer_mismatch', 'verification_unavailable:resolveIssuer'],
  expected: expectedIssuer,
  found: ({ claims }, failure) => `\`iss\` ${shown(claims['iss'])}${causesOf(failure)}`,
  advice: adviseOnIssuer,
}

function expectedIssuer({ issuers, settings }: ExplainedCase): string {
  const names = issuers.map(({ issuer }) => issuer)
  const resolved = settings.resolveIssuer === undefined ? [] : ['one that `resolveIssuer` accepts']
  return `\`iss\` ${[...(names.length === 0 ? [] : [listed(names)]), ...resolved].join(', or ')}`
}

function adviseOnIssuer(given: ExplainedCase, { names }: Failure): string {
  if (names.includes('verification_unavailable'))
    return 'Repair `resolveIssuer`, which failed for this `iss`. The token may be good.'
  const { issuers, claims } = given
  const { iss } = claims
  if (typeof iss !== 'string') return 'The token does not say who issued it. It is not an access token of this issuer.'
  const configured = issuers.map(({ issuer }) => issuer)
  const found = differences.find(({ equates }) => configured.some((issuer) => equates(issuer, iss)))
  if (found !== undefined) return found.advice(iss)
  if (isIdToken(claims)) return sendAccessToken
  return `The token comes from another issuer, tenant or environment. If this API should accept it, set \`issuer: ${shown(iss)}\`.`
}

interface Difference {
  readonly equates: (configured: string, iss: string) => boolean
  readonly advice: (iss: string) => string
}

/** Small differences between the configured issuer and that of a token. All of them count: RFC 8725 §3.8. */
const differences: readonly Difference[] = [
  {
    equates: (configured, iss) => withoutSlash(configured) === withoutSlash(iss),
    advice: (iss) =>
      `Only the slash at the end differs, and it counts. Write the option as the token has it: \`issuer: ${shown(iss)}\`.`,
  },
  {
    equates: (configured, iss) => withoutScheme(configured) === withoutScheme(iss),
    advice: (iss) =>
      `Only the scheme differs. Behind a proxy, tell the issuer its public URL. Or write the option as the token has it: \`issuer: ${shown(iss)}\`.`,
  },
  {
    equates: (configured, iss) => configured.toLowerCase() === iss.toLowerCase(),
    advice: (iss) =>
      `Only upper and lower case differ, and they count. Write the option as the token has it: \`issuer: ${shown(iss)}\`.`,
  },
  {
    equates: (configured, iss) => hostOf(configured) === hostOf(iss),
    advice: (iss) =>
      `The host is the same, but the path is not: another tenant or realm. If this API should accept it, set \`issuer: ${shown(iss)}\`.`,
  },
]

function withoutSlash(text: string): string {
  return text.replace(/\/$/, '')
}

function withoutScheme(text: string): string {
  return text.replace(/^https?:\/\//, '').replace(/\/$/, '')
}

function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).host : text
}
