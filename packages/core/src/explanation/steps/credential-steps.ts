import type { Step } from '../step.ts'

/** The syntax of the credentials: what an API checks of any token. */
export const credentialSteps: readonly Step[] = [
  {
    name: 'scheme',
    rule: 'RFC 9110 §11.1',
    faults: ['credentials_missing'],
    applies: ({ scheme }) => scheme !== 'Bearer',
    expected: ({ schemes }) => schemes.join(' or '),
    found: ({ scheme }) => scheme,
    advice: () =>
      'The API does not accept DPoP. Set the option `dpop`, or send the token with the scheme Bearer if it is not bound to a key.',
  },
  {
    name: 'credentials',
    rule: 'RFC 6750 §2.1',
    faults: ['credentials_malformed'],
    expected: () => 'letters, digits and - . _ ~ + / only, and = at the end',
    found: ({ token }, failure) => (failure === undefined ? 'only these' : oddities(token)),
    advice: () => 'Send the token alone after the scheme: no quotes, no line breaks, and the scheme only once.',
  },
  {
    name: 'length',
    rule: 'option `maxTokenLength`',
    faults: ['token_too_long'],
    expected: ({ settings }) => `at most ${settings.maxTokenLength} characters`,
    found: ({ token }) => `${token.length} characters`,
    advice: () =>
      'Have the issuer put less into its tokens, often groups or roles, or raise `maxTokenLength`. Servers and proxies limit headers too.',
  },
]

function oddities(token: string): string {
  if (token === '') return 'no token'
  const [, scheme] = /^\s*(bearer|dpop)\s/i.exec(token) ?? []
  if (scheme !== undefined) return `the scheme ${scheme} in front of the token`
  if (/[\r\n]/.test(token)) return 'a line break'
  if (/\s/.test(token)) return 'white space'
  if (/["'`]/.test(token)) return 'quotation marks'
  return 'other characters'
}
