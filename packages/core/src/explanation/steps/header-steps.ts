import type { ExplainedCase } from '../explained-case.ts'
import { isIdToken, kindOfType, sendAccessToken } from '../look-alikes.ts'
import { objectIn } from '../segments.ts'
import type { Step } from '../step.ts'
import { shown } from '../wording.ts'

/** The form and the header of a JWS. Nothing has been fetched yet. */
export const headerSteps: readonly Step[] = [
  {
    name: 'format',
    rule: 'RFC 7515 §3.1, RFC 7519 §7.2',
    faults: ['token_malformed'],
    expected: () => 'a signed JWT: three parts in base64url with dots between them',
    found: ({ token }) => describeParts(token),
    advice: adviseOnFormat,
  },
  {
    name: 'header',
    rule: 'RFC 7515 §4',
    faults: ['token_malformed:header'],
    expected: () => 'a JSON object in which `alg` is text, and `kid` and `typ` too if they are there',
    found: ({ token, header }) => {
      if (objectIn(token.split('.', 1)[0] ?? '') === undefined) return 'no JSON object in base64url'
      return `\`alg\` ${shown(header['alg'])}, \`kid\` ${shown(header['kid'])}, \`typ\` ${shown(header['typ'])}`
    },
    advice: () =>
      'The token was damaged on its way, or is not one of this issuer. Compare it with what the issuer sent.',
  },
  {
    name: 'critical extensions',
    rule: 'RFC 7515 §4.1.11, RFC 7797 §7',
    faults: ['critical_header_unsupported'],
    expected: () => 'neither `crit` nor `b64`',
    found: ({ header }) =>
      header['crit'] === undefined && header['b64'] === undefined
        ? 'neither'
        : `\`crit\` ${shown(header['crit'])}, \`b64\` ${shown(header['b64'])}`,
    advice: () => 'The token needs an extension that no API with BearerKit supports. Have the issuer leave it out.',
  },
  {
    name: 'type',
    rule: 'RFC 8725 §3.11, RFC 9068 §4',
    faults: ['type_not_accepted'],
    expected: ({ rules }) => (rules?.profile === 'rfc9068' ? '`typ` "at+jwt"' : '`typ` "at+jwt", "JWT" or none'),
    found: ({ header }) => `\`typ\` ${shown(header['typ'])}`,
    advice: adviseOnType,
  },
  {
    name: 'algorithm',
    rule: 'RFC 8725 §3.1',
    faults: ['algorithm_not_accepted'],
    expected: ({ rules }) =>
      rules === undefined ? 'an accepted `alg`' : `\`alg\` ${[...rules.algorithms].join(', ')}`,
    found: ({ header }) => `\`alg\` ${shown(header['alg'])}`,
    advice: adviseOnAlgorithm,
  },
  {
    name: 'payload',
    rule: 'RFC 7519 §7.2',
    faults: ['token_malformed:payload'],
    expected: () => 'a JSON object in base64url without padding',
    found: (_, failure) => (failure === undefined ? 'a JSON object' : 'something else'),
    advice: () => 'The token was damaged on its way, or is not a JWT. Compare it with what the issuer sent.',
  },
]

const partsOfJwe = 5

function describeParts(token: string): string {
  const parts = token.split('.')
  const empty = ['header', 'payload', 'signature'].find((_, index) => parts.length === 3 && parts[index] === '')
  if (empty !== undefined) return `three parts, but the ${empty} is empty`
  if (parts.length === 1) return 'one part: an opaque token, or not a token'
  if (parts.length === partsOfJwe) return 'five parts: an encrypted token (JWE)'
  return `${parts.length} parts`
}

function adviseOnFormat({ token, header }: ExplainedCase): string {
  const parts = token.split('.').length
  if (String(header['alg']).toLowerCase() === 'none')
    return 'The token is not signed (`alg` none), so anybody can have made it. No option accepts such tokens.'
  if (parts === 1)
    return 'If the issuer issues opaque tokens, set the option `introspection`. If it can issue JWTs, have the client ask for this API (`audience` or `resource`): many issuers send an opaque token otherwise.'
  if (parts === partsOfJwe)
    return 'Only its recipient can read an encrypted token. Have the issuer send signed access tokens, or set the option `introspection`.'
  return 'The token was cut off or something was added. Compare it with what the issuer sent.'
}

function adviseOnType(given: ExplainedCase): string {
  const { header, rules, claims } = given
  const kind = kindOfType(header['typ'])
  if (kind !== undefined) return `This is ${kind}, not an access token. Send the access token.`
  if (isIdToken(claims)) return sendAccessToken
  if (rules?.profile === 'rfc9068')
    return "The issuer does not mark its access tokens as RFC 9068 requires. Have it do so, or use `profile: 'jwt'`."
  return 'Send the access token. Other kinds of tokens do not count, even if the issuer has signed them.'
}

function adviseOnAlgorithm({ header: { alg } }: ExplainedCase): string {
  if (String(alg).toLowerCase() === 'none')
    return 'The token is not signed, so anybody can have made it. No option accepts such tokens.'
  if (/^HS\d+$/.test(String(alg)))
    return `A shared secret makes such signatures. Whoever knows the public key of the issuer could have used it as the secret. If this API does share a secret with the issuer, give it as local \`keys\` and name ${String(alg)} in \`algorithms\`.`
  return 'If the issuer really signs with it, name it in `algorithms`. Otherwise the token is not one of this issuer.'
}
