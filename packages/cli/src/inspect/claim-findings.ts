import type { Finding } from '../frame/finding.ts'
import { shownJson } from '../frame/shown.ts'
import { durationWords, relativeTime } from '../frame/time-words.ts'
import type { JsonObject } from '../token/token-contents.ts'

/** A rule says what is wrong with the claims, or returns undefined. `now` is in milliseconds since the epoch. */
type ClaimRule = (claims: JsonObject, now: number) => Finding | undefined

const rules: readonly ClaimRule[] = [
  issuer,
  audience,
  timeTypes,
  expiry,
  notBefore,
  issuedAt,
  lifetime,
  idToken,
  logoutToken,
  binding,
]

export function claimFindings(claims: JsonObject, now: number): readonly Finding[] {
  return rules.map((rule) => rule(claims, now)).filter((finding) => finding !== undefined)
}

function issuer({ iss }: JsonObject): Finding | undefined {
  if (typeof iss === 'string' && iss !== '') return undefined
  return {
    level: 'wrong',
    code: 'iss_missing',
    message: 'There is no `iss` claim, so nobody can tell whose token it is.',
  }
}

function audience({ aud }: JsonObject): Finding | undefined {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (aud === undefined || audiences.length === 0)
    return {
      level: 'odd',
      code: 'aud_missing',
      message: 'There is no `aud` claim. verifyJwt accepts such a token only with `audience: null`.',
    }
  if (audiences.every((one) => typeof one === 'string')) return undefined
  return { level: 'wrong', code: 'aud_invalid', message: '`aud` must be a string or a list of strings.' }
}

const timeClaims = ['exp', 'nbf', 'iat'] as const

/** Later than the year 5138 as seconds, so probably milliseconds. */
const surelyMilliseconds = 1e11

/** RFC 7519 §2: a NumericDate is a number of seconds. */
function timeTypes(claims: JsonObject): Finding | undefined {
  for (const name of timeClaims) {
    const value = claims[name]
    if (value === undefined) continue
    if (typeof value !== 'number')
      return {
        level: 'wrong',
        code: 'time_invalid',
        message: `\`${name}\` is ${shownJson(value, 40)}. It must be a number of seconds.`,
      }
    if (value > surelyMilliseconds)
      return {
        level: 'wrong',
        code: 'time_in_milliseconds',
        message: `\`${name}\` is ${value}. That looks like milliseconds; it must be seconds.`,
      }
  }
  return undefined
}

function expiry({ exp }: JsonObject, now: number): Finding | undefined {
  if (exp === undefined)
    return { level: 'wrong', code: 'exp_missing', message: 'There is no `exp` claim. verifyJwt requires one.' }
  if (typeof exp !== 'number' || exp * 1000 > now) return undefined
  return { level: 'wrong', code: 'expired', message: `The token expired ${relativeTime(exp * 1000, now)}.` }
}

function notBefore({ nbf }: JsonObject, now: number): Finding | undefined {
  if (!isLater(nbf, now)) return undefined
  return {
    level: 'wrong',
    code: 'not_yet_valid',
    message: `The token becomes valid ${relativeTime(nbf * 1000, now)} (\`nbf\`).`,
  }
}

function issuedAt({ iat }: JsonObject, now: number): Finding | undefined {
  if (!isLater(iat, now)) return undefined
  const message = `\`iat\` is in the future (${relativeTime(iat * 1000, now)}). The clock of this machine or of the issuer is off.`
  return { level: 'wrong', code: 'issued_in_future', message }
}

function isLater(time: unknown, now: number): time is number {
  return typeof time === 'number' && time * 1000 > now && time < surelyMilliseconds
}

const day = 86_400

function lifetime({ iat, exp }: JsonObject): Finding | undefined {
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp > surelyMilliseconds || exp - iat <= day)
    return undefined
  const words = durationWords((exp - iat) * 1000)
  return {
    level: 'odd',
    code: 'long_lived',
    message: `The token is valid for ${words}. If it leaks, it can be used for as long.`,
  }
}

/** OpenID Connect Core 1.0 §2, §3.1.3.6: these claims occur in ID tokens. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'auth_time']

function idToken(claims: JsonObject): Finding | undefined {
  const present = idTokenClaims.filter((name) => claims[name] !== undefined)
  const isScoped = ['scope', 'scp', 'client_id'].some((name) => claims[name] !== undefined)
  if (present.length === 0 || isScoped) return undefined
  return {
    level: 'odd',
    code: 'looks_like_id_token',
    message: `This looks like an ID token (${present.join(', ')}). It tells the client who logged in; an API needs the access token.`,
  }
}

function logoutToken({ events }: JsonObject): Finding | undefined {
  if (events === undefined) return undefined
  return {
    level: 'odd',
    code: 'looks_like_event',
    message: 'The `events` claim belongs to logout tokens and security events, not to access tokens.',
  }
}

/** The members of `cnf` and the proof that each needs: RFC 7800 §3.1. */
const proofs: Readonly<Record<string, string>> = {
  jkt: 'a DPoP proof (RFC 9449)',
  'x5t#S256': 'a connection with a client certificate (RFC 8705)',
}

function binding({ cnf }: JsonObject): Finding | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined
  const needed = Object.keys(cnf).map((member) => proofs[member] ?? 'a proof of possession')
  return {
    level: 'note',
    code: 'bound_to_key',
    message: `The token is bound to a key of the client. It needs ${[...new Set(needed)].join(' and ')}.`,
  }
}
