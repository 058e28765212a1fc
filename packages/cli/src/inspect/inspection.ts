import type { Finding } from '../frame/finding.ts'
import { relativeTime, timestamp } from '../frame/time-words.ts'
import type { JsonObject, TokenContents } from '../token/token-contents.ts'
import { withoutTokens } from '../frame/without-tokens.ts'
import { claimFindings } from './claim-findings.ts'
import { headerFindings } from './header-findings.ts'
import { tokenFindings } from './token-findings.ts'

/** What `inspect` says about a token. */
export interface Inspection {
  /** Always false: whoever reads the output must not take it for a proof. */
  readonly verified: false
  readonly kind: TokenContents['kind']
  /** In characters. */
  readonly length: number
  readonly header?: unknown
  readonly claims?: unknown
  readonly times: readonly ClaimTime[]
  readonly findings: readonly Finding[]
}

/** A claim that is a time. */
export interface ClaimTime {
  readonly claim: string
  readonly time: string
  readonly relative: string
}

const timeClaims = ['iat', 'nbf', 'exp', 'auth_time', 'updated_at'] as const

/** @param now in milliseconds since the epoch */
export function inspection(token: string, contents: TokenContents, now: number): Inspection {
  const common = { verified: false, kind: contents.kind, length: token.length } as const
  if (contents.kind === 'opaque') {
    const message = `This is not a JWT: ${contents.reason}.`
    return { ...common, times: [], findings: [{ level: 'wrong', code: 'not_a_jwt', message }] }
  }
  const header = withoutTokens(contents.header)
  if (contents.kind === 'jwe') {
    const message =
      'The token is encrypted (JWE), so its claims cannot be shown. An API that expects a signed token refuses it.'
    return { ...common, header, times: [], findings: [{ level: 'wrong', code: 'encrypted', message }] }
  }
  return {
    ...common,
    header,
    claims: withoutTokens(contents.claims),
    times: timesIn(contents.claims, now),
    findings: [
      ...tokenFindings(token, contents),
      ...headerFindings(contents.header),
      ...claimFindings(contents.claims, now),
    ],
  }
}

function timesIn(claims: JsonObject, now: number): readonly ClaimTime[] {
  return timeClaims.flatMap((claim) => {
    const value = claims[claim]
    const time = typeof value === 'number' ? timestamp(value * 1000) : undefined
    return time === undefined ? [] : [{ claim, time, relative: relativeTime(Number(value) * 1000, now) }]
  })
}
