import type { ExplainedCase } from '../explained-case.ts'
import type { Failure } from '../failure.ts'
import type { Step } from '../step.ts'
import { duration, listed, shown } from '../wording.ts'

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
        ? `The token may be good: its keys cannot be had. Check that ${issuer === undefined ? 'the issuer' : shown(issuer.issuer)} can be reached from here (network, DNS, proxy, certificate), that its metadata names exactly this issuer, and that its \`jwks_uri\` answers.`
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

function adviseOnKey({ header }: ExplainedCase, { names, messages }: Failure): string {
  if (names.includes('key_ambiguous'))
    return 'Have the issuer put `kid` into the header of its tokens, or restrict `algorithms` so that one key is left.'
  const [, reason] = messages
  if (reason !== undefined) return `The issuer publishes this \`kid\`, but ${reason}. Correct the key or the option.`
  const kid = header['kid']
  if (kid === undefined)
    return 'The issuer publishes no key for this `alg`. The token is of another issuer or environment.'
  return `The issuer does not publish this key. If it has just begun to sign with it, it must publish a key before it signs with it; the API looks again within ${duration(15)}. If the key stays unknown, it was removed, or the token is of another issuer or environment.`
}

function adviseOnSignature({ header }: ExplainedCase, { names }: Failure): string {
  if (names.includes('token_malformed'))
    return 'The signature was spelled differently or cut off on its way. Compare the end of the token with what the issuer sent.'
  const offered = ownKeys.find((parameter) => header[parameter] !== undefined)
  if (offered !== undefined)
    return `The header brings a key of its own (\`${offered}\`), which is never used: only the keys that the issuer publishes count. The token is a forgery, or of another issuer.`
  return `Either the token was changed after it was signed, or a different key than \`kid\` ${shown(header['kid'])} signed it: a token of another environment whose keys have the same names, or a forgery.`
}

/** RFC 7515 §4.1.2, §4.1.3, §4.1.5, §4.1.6. */
const ownKeys = ['jwk', 'jku', 'x5c', 'x5u']
