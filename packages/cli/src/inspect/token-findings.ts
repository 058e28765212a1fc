import type { Finding } from '../frame/finding.ts'
import type { TokenContents } from '../token/token-contents.ts'

/** The default of the option `maxTokenLength` of `verifyJwt`, in characters. */
const maxTokenLength = 16_384

/** Many servers and proxies refuse a header section above 8 KB. */
const maxHeaderLength = 7500

/** What looks wrong with the serialization: RFC 7515 §3.1. */
export function tokenFindings(
  token: string,
  { hasSignature }: Extract<TokenContents, { kind: 'jws' }>,
): readonly Finding[] {
  const findings: Finding[] = []
  if (!hasSignature)
    findings.push({
      level: 'wrong',
      code: 'no_signature',
      message: 'The signature is missing. Part of the token may have been cut off.',
    })
  if (token.split('.').some((part) => part !== Buffer.from(part, 'base64url').toString('base64url')))
    findings.push({
      level: 'wrong',
      code: 'not_base64url',
      message:
        'A part of the token is not canonical base64url. It may have been damaged by copying, or encoded as base64 with padding.',
    })
  if (token.length > maxTokenLength)
    findings.push({
      level: 'wrong',
      code: 'too_long',
      message: `The token has ${token.length} characters, more than verifyJwt accepts by default (${maxTokenLength}).`,
    })
  else if (token.length > maxHeaderLength)
    findings.push({
      level: 'odd',
      code: 'long',
      message: `The token has ${token.length} characters. Many servers and proxies refuse headers above 8 KB.`,
    })
  return findings
}
