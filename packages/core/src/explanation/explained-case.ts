import { secondsOf } from '../clock.ts'
import type { HttpRequest } from '../http-message.ts'
import type { ClaimRules } from '../jwt/claims/claims.ts'
import type { TrustedIssuer } from '../jwt/issuers/trusted-issuer.ts'
import type { SharedSettings } from '../jwt/verifier-options.ts'
import type { JsonObject } from './segments.ts'
import { jsonIn } from './segments.ts'
import type { Failure } from './failure.ts'
import { attempt, type IssuerKeys, issuerKeys } from './issuer-keys.ts'

/** A token, what can be read from it, and what it was compared with. Nothing in it need be authentic. */
export interface ExplainedCase extends IssuerKeys {
  readonly token: string
  readonly isOpaque: boolean
  /** The scheme that presents the token, and those that are accepted. */
  readonly scheme: string
  readonly schemes: readonly string[]
  readonly request: HttpRequest
  readonly settings: SharedSettings
  /** The issuers named in the options. */
  readonly issuers: readonly TrustedIssuer[]
  /** The issuer that the token names, if it is trusted. */
  readonly issuer: TrustedIssuer | undefined
  /** The rules for the token: those of its issuer, or of the only issuer. */
  readonly rules: TokenRules | undefined
  /** Empty if it cannot be read. */
  readonly header: JsonObject
  /** Empty if they cannot be read. For an opaque token, the answer about it. */
  readonly claims: JsonObject
  /** In seconds since the epoch. */
  readonly now: number
}

/** The rules of an issuer for the claims, and those for the header. */
export type TokenRules = ClaimRules & Pick<TrustedIssuer, 'profile' | 'algorithms'>

/** What an explanation needs from a verifier. */
export interface Inspected {
  readonly settings: SharedSettings
  readonly issuers: readonly TrustedIssuer[]
  readonly isOpaque: (token: string) => boolean
  /** Returns the issuer of this name if the verification could find it. Asks nobody. */
  readonly knownIssuer: (iss: unknown) => TrustedIssuer | undefined
}

/** How the token was presented. */
export type Presented = Pick<ExplainedCase, 'token' | 'scheme' | 'schemes' | 'request'>

/**
 * Reads a case after the verification, so that nothing is fetched that the verification has not fetched.
 *
 * @param failure undefined if the token is accepted
 */
export async function readCase(
  verifier: Inspected,
  presented: Presented,
  failure: Failure | undefined,
): Promise<ExplainedCase> {
  const { settings, issuers } = verifier
  const { token } = presented
  const isOpaque = verifier.isOpaque(token)
  const read = await (isOpaque ? opaqueToken(verifier, token, failure) : signedToken(verifier, token))
  return { ...presented, ...read, settings, issuers, isOpaque, now: secondsOf(settings.clock) }
}

type Read = IssuerKeys & Pick<ExplainedCase, 'issuer' | 'rules' | 'header' | 'claims'>

const nothingKnown: IssuerKeys = { kids: undefined, clockAhead: undefined }

async function signedToken({ issuers, knownIssuer }: Inspected, token: string): Promise<Read> {
  const [header = '', payload = ''] = token.split('.', 2)
  const claims = jsonIn(payload)
  const issuer = knownIssuer(claims['iss'])
  const ruling = issuer ?? onlyOne(issuers)
  const rules = ruling && { ...ruling.rules, profile: ruling.profile, algorithms: ruling.algorithms }
  const keys = issuer === undefined ? nothingKnown : await issuerKeys(issuer.keys)
  return { issuer, rules, header: jsonIn(header), claims, ...keys }
}

/** The errors of tokens about which the issuer was not asked, or did not answer. */
const unanswered = ['credentials_missing', 'credentials_malformed', 'token_too_long', 'introspection_unavailable']

async function opaqueToken(
  { settings, issuers, knownIssuer }: Inspected,
  token: string,
  failure: Failure | undefined,
): Promise<Read> {
  const { issuerOf } = settings
  const asked = (): TrustedIssuer | undefined =>
    issuerOf === undefined
      ? onlyOne(issuers.filter(({ introspection }) => introspection))
      : knownIssuer(issuerOf(token))
  const issuer = attempt(asked)
  const isAnswered = failure?.names.some((name) => unanswered.includes(name)) !== true
  const answer = isAnswered ? await issuer?.introspection?.introspect(token).catch(() => undefined) : undefined
  const rules = issuer && { ...issuer.answerRules, profile: issuer.profile, algorithms: issuer.algorithms }
  return { issuer, rules, header: {}, claims: answer?.claims ?? {}, ...nothingKnown }
}

function onlyOne(issuers: readonly TrustedIssuer[]): TrustedIssuer | undefined {
  return issuers.length === 1 ? issuers[0] : undefined
}
