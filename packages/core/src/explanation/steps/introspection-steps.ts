import type { ExplainedCase } from '../explained-case.ts'
import { causesOf } from '../failure.ts'
import type { Step } from '../step.ts'
import { shown } from '../wording.ts'

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
    found: ({ issuer }, failure) => (issuer === undefined ? `none${causesOf(failure)}` : shown(issuer.issuer)),
    advice: () =>
      'Look at what `issuerOf` returns for this token. Its issuer must be trusted, and have the option `introspection`.',
  }
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
