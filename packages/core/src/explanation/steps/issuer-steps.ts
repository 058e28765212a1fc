import type { ExplainedCase } from '../explained-case.ts'
import type { Step } from '../step.ts'
import { isIdToken, sendAccessToken } from '../look-alikes.ts'
import { duration, listed, shown } from '../wording.ts'

/** Whose token it is. Decided by the `iss` claim before it is authentic, because it selects the rules and the keys. */
export const issuerStep: Step = {
  name: 'issuer',
  rule: 'RFC 8725 §3.8, RFC 9068 §4',
  faults: ['issuer_mismatch', 'verification_unavailable:resolveIssuer'],
  expected: expectedIssuer,
  found: ({ claims }, failure) => `\`iss\` ${shown(claims['iss'])}${cause(failure)}`,
  advice: adviseOnIssuer,
}

/** Which issuer is asked about an opaque token. */
export function introspectedIssuerStep({ issuer: found }: ExplainedCase): Step {
  return {
    name: 'issuer',
    rule: 'RFC 7662 §2',
    // If the issuer is known, it is its answer that names another one.
    faults: [
      ...(found === undefined ? ['issuer_mismatch'] : []),
      'token_malformed',
      'verification_unavailable:resolveIssuer',
      'verification_unavailable:issuerOf',
    ],
    expected: ({ settings }) =>
      settings.issuerOf === undefined
        ? 'the issuer with `introspection`'
        : 'an issuer with `introspection`, named by `issuerOf`',
    found: ({ issuer }, failure) => (issuer === undefined ? `none${cause(failure)}` : shown(issuer.issuer)),
    advice: () =>
      'Look at what `issuerOf` returns for this token. Its issuer must be trusted, and have the option `introspection`.',
  }
}

function expectedIssuer({ issuers, settings }: ExplainedCase): string {
  const names = issuers.map(({ issuer }) => issuer)
  const resolved = settings.resolveIssuer === undefined ? [] : ['one that `resolveIssuer` accepts']
  return `\`iss\` ${[...(names.length === 0 ? [] : [listed(names)]), ...resolved].join(', or ')}`
}

function cause(failure: { readonly messages: readonly string[] } | undefined): string {
  const [, ...causes] = failure?.messages ?? []
  return causes.length === 0 ? '' : ` (${causes.join(': ')})`
}

function adviseOnIssuer(given: ExplainedCase, { names }: { readonly names: readonly string[] }): string {
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

/** The issuer's answer about the token: RFC 7662. */
export const introspectionStep: Step = {
  name: 'introspection',
  rule: 'RFC 7662 §2.2',
  faults: [
    'token_inactive',
    'introspection_unavailable',
    'claim_invalid:token_type',
    'claim_invalid:cnf',
    'claim_missing:cnf',
    'issuer_mismatch',
    '*',
  ],
  applies: ({ isOpaque, issuer }) => isOpaque || issuer?.introspection?.asksAboutJwts === true,
  expected: () => 'the issuer says that it is an active access token',
  found: (_, failure) => failure?.messages.join(': ') ?? 'active',
  advice: (_, { names }) =>
    names.includes('introspection_unavailable')
      ? 'The token may be good: the issuer did not give a usable answer. Check that its introspection endpoint can be reached from here, and that it accepts the credentials in `introspection`.'
      : 'The issuer does not stand by the token: it has expired, was revoked, or is of another issuer or environment. Have the client get a new one.',
}

/** The keys of the issuer, the one that the token names, and the signature. */
export const keySteps: readonly Step[] = [
  {
    name: 'keys',
    rule: 'RFC 7517 §5, RFC 8414 §2',
    faults: ['key_source_unavailable', 'key_store_unavailable', 'verification_unavailable:keys', '*'],
    expected: ({ issuer }) => `the keys of ${issuer === undefined ? 'the issuer' : shown(issuer.issuer)} can be had`,
    found: (given, failure) => failure?.messages.join(': ') ?? heldKeys(given),
    advice: ({ issuer }, { names }) =>
      names.some((name) => name.startsWith('key_s'))
        ? `The token may be good: its keys cannot be had. Check that ${issuer === undefined ? 'the issuer' : shown(issuer.issuer)} can be reached from here (network, DNS, proxy, certificate), and that its metadata and \`jwks_uri\` answer.`
        : 'The token may be good: the key provider failed. Look at what it throws.',
  },
  {
    name: 'key',
    rule: 'RFC 7515 §4.1.4, RFC 8725 §3.1',
    faults: ['key_unknown', 'key_ambiguous'],
    expected: ({ header, kids = [] }) =>
      header['kid'] === undefined
        ? `without \`kid\`, exactly one key for ${shown(header['alg'])}`
        : `a key for ${shown(header['alg'])}, one of ${kids.length === 0 ? 'those of the issuer' : listed(kids)}`,
    found: ({ header }) => (header['kid'] === undefined ? 'no `kid`' : `\`kid\` ${shown(header['kid'])}`),
    advice: adviseOnKey,
  },
  {
    name: 'signature',
    rule: 'RFC 7515 §5.2',
    faults: ['signature_invalid', 'token_malformed:signature'],
    expected: () => 'it verifies with the key',
    found: (_, failure) =>
      failure === undefined
        ? 'it does'
        : failure.names.includes('signature_invalid')
          ? 'it does not'
          : 'it is not base64url in its only spelling',
    advice: adviseOnSignature,
  },
]

function heldKeys({ kids }: ExplainedCase): string {
  return kids === undefined || kids.length === 0 ? 'they can' : listed(kids)
}

function adviseOnKey({ header, kids }: ExplainedCase, { names, messages }: Failures): string {
  if (names.includes('key_ambiguous'))
    return 'Have the issuer put `kid` into the header of its tokens, or restrict `algorithms` so that one key is left.'
  const [, reason] = messages
  if (reason !== undefined) return `The issuer publishes this \`kid\`, but ${reason}. Correct the key or the option.`
  const kid = header['kid']
  if (kid === undefined)
    return 'The issuer publishes no key for this `alg`. The token is of another issuer or environment.'
  return `The issuer does not publish this key${kids === undefined ? '' : ` (it publishes ${kids.length})`}. If it has just begun to sign with it, it must publish a key before it signs with it; the API looks again within ${duration(15)}. If the key stays unknown, it was removed, or the token is of another issuer or environment.`
}

interface Failures {
  readonly names: readonly string[]
  readonly messages: readonly string[]
}

function adviseOnSignature({ header }: ExplainedCase, { names }: Failures): string {
  if (names.includes('token_malformed'))
    return 'The signature was spelled differently or cut off on its way. Compare the end of the token with what the issuer sent.'
  return `The token was changed after it was signed, or another key than that of \`kid\` ${shown(header['kid'])} signed it: the token of another environment whose keys have the same names, or a forgery.`
}
