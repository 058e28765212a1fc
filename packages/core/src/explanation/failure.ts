import { printable } from '../printable.ts'

/** The error of a verification, as the steps see it. */
export interface Failure {
  /** The most exact name of the broken rule first: `claim_invalid:aud`, `claim_invalid`. */
  readonly names: readonly string[]
  /** The name of the missing or invalid claim. */
  readonly claim: string | undefined
  /** The messages of the error and its causes. */
  readonly messages: readonly string[]
}

const longestChain = 5

/**
 * Reads an error of this package, of another copy of it, or of an application's callback, whose message may say anything.
 *
 * @param token is not shown
 */
export function failureOf(error: unknown, token: string): Failure {
  const { code, fault, claim, part, option } = Object(error) as Readonly<Record<string, unknown>>
  const name = textIn(fault) ?? textIn(code) ?? ''
  const detail = textIn(claim) ?? textIn(part) ?? textIn(option)
  return {
    names: detail === undefined ? [name] : [`${name}:${detail}`, name],
    claim: textIn(claim),
    messages: messagesOf(error).map((message) => printable(withoutSecrets(message, token))),
  }
}

/** Shows the messages of the causes in parentheses. Empty if there are none. */
export function causesOf(failure: Failure | undefined): string {
  const [, ...causes] = failure?.messages ?? []
  return causes.length === 0 ? '' : ` (${causes.join(': ')})`
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function messagesOf(error: unknown): readonly string[] {
  const messages: string[] = []
  for (let one = error; one !== undefined && one !== null && messages.length < longestChain;) {
    const { message, cause } = Object(one) as { message?: unknown; cause?: unknown }
    if (typeof message === 'string' && message !== '' && !messages.includes(message)) messages.push(message)
    one = cause
  }
  return messages
}

/** A URL may contain a password. */
function withoutSecrets(message: string, token: string): string {
  const withoutToken = token === '' ? message : message.replaceAll(token, '(the token)')
  return withoutToken.replaceAll(/:\/\/[^\s/@]*@/g, '://')
}
