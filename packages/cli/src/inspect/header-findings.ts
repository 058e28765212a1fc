import { asymmetricSignatureAlgorithms, signatureAlgorithms } from '@bearerkit/core'
import type { Finding } from '../frame/finding.ts'
import { shownJson } from '../frame/shown.ts'
import type { JsonObject } from '../token/token-contents.ts'

/** A rule says what is wrong with a header, or returns undefined. */
type HeaderRule = (header: JsonObject) => Finding | undefined

const rules: readonly HeaderRule[] = [algorithm, type, criticalExtensions, embeddedKey, keyId]

export function headerFindings(header: JsonObject): readonly Finding[] {
  return rules.map((rule) => rule(header)).filter((finding) => finding !== undefined)
}

function algorithm({ alg }: JsonObject): Finding | undefined {
  if (typeof alg !== 'string') return { level: 'wrong', code: 'alg_missing', message: 'The header has no `alg`.' }
  if (alg.toLowerCase() === 'none')
    return {
      level: 'wrong',
      code: 'alg_none',
      message: '`alg` is "none": the token is not signed. No API may accept it.',
    }
  if (asymmetricSignatureAlgorithms.includes(alg)) return undefined
  if (!signatureAlgorithms.includes(alg))
    return {
      level: 'wrong',
      code: 'alg_unknown',
      message: `\`alg\` ${shownJson(alg, 40)} is not a supported signature algorithm.`,
    }
  const message = alg.startsWith('HS')
    ? `\`alg\` is ${alg}: whoever can check the token can also make it. verifyJwt accepts it only if \`algorithms\` names it and the secret is in local keys.`
    : `\`alg\` is ${alg}: verifyJwt accepts it only if \`algorithms\` names it.`
  return { level: 'odd', code: 'alg_not_default', message }
}

/** The kinds of JWT by their `typ` in lower case, without `application/`. */
const otherKinds: Readonly<Record<string, string>> = {
  'dpop+jwt': 'a DPoP proof (RFC 9449). It belongs in the DPoP header, beside the access token',
  'logout+jwt': 'a logout token (OpenID Connect Back-Channel Logout 1.0)',
  'secevent+jwt': 'a security event (RFC 8417)',
  'token-introspection+jwt': 'an answer of an introspection endpoint (RFC 9701)',
  'client-authentication+jwt': 'an assertion of a client (RFC 7523)',
  'oauth-authz-req+jwt': 'an authorization request (RFC 9101)',
}

const accessTokenTypes = ['jwt', 'at+jwt']

/** RFC 8725 §3.11, RFC 9068 §2.1. */
function type({ typ }: JsonObject): Finding | undefined {
  if (typ === undefined)
    return {
      level: 'note',
      code: 'typ_missing',
      message: 'The header has no `typ`. With `profile: "rfc9068"` it must be "at+jwt".',
    }
  const name = typeName(typ)
  if (accessTokenTypes.includes(name)) return undefined
  const kind = Object.hasOwn(otherKinds, name) ? `This is ${otherKinds[name]}.` : 'This is another kind of JWT.'
  return {
    level: 'wrong',
    code: 'typ_not_accepted',
    message: `\`typ\` is ${shownJson(typ, 40)}. ${kind} It is not an access token.`,
  }
}

/** In lower case, without the prefix that is optional: RFC 7515 §4.1.9. */
function typeName(typ: unknown): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
}

/** RFC 7515 §4.1.11, RFC 7797. */
function criticalExtensions({ crit, b64 }: JsonObject): Finding | undefined {
  if (crit === undefined && b64 === undefined) return undefined
  return {
    level: 'wrong',
    code: 'critical_header',
    message: '`crit` or `b64` requires an extension. verifyJwt supports none.',
  }
}

function embeddedKey(header: JsonObject): Finding | undefined {
  const present = ['jwk', 'jku', 'x5c', 'x5u'].filter((name) => header[name] !== undefined)
  if (present.length === 0 || typeName(header['typ']) === 'dpop+jwt') return undefined
  return {
    level: 'odd',
    code: 'embedded_key',
    message: `The header brings a key or a reference to one (${present.join(', ')}). A token must not choose its own key, and verifyJwt never reads it.`,
  }
}

function keyId({ kid }: JsonObject): Finding | undefined {
  if (typeof kid === 'string') return undefined
  return kid === undefined
    ? {
        level: 'note',
        code: 'kid_missing',
        message: 'The header has no `kid`. It works only while exactly one key of the issuer fits.',
      }
    : { level: 'wrong', code: 'kid_invalid', message: '`kid` is not a string.' }
}
