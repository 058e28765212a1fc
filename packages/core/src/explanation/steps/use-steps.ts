import type { ExplainedCase } from '../explained-case.ts'
import type { Failure } from '../failure.ts'
import type { Step } from '../step.ts'
import { shown } from '../wording.ts'

/** What is checked after the token itself, apart from proofs of possession. */
export const useSteps: readonly Step[] = [
  {
    name: 'binding',
    rule: 'RFC 7800 §3.1, RFC 9449 §7.1, RFC 8705 §3',
    faults: ['proof_required', 'token_unbound'],
    expected: expectedBinding,
    found: ({ claims }) => boundTo(claims['cnf']),
    advice: adviseOnBinding,
  },
  {
    name: 'schema',
    rule: 'option `claims`',
    faults: ['claims_rejected', 'verification_unavailable:claims'],
    applies: ({ settings }) => settings.claims !== undefined,
    expected: () => 'the schema accepts the claims',
    found: (_, failure) => failure?.messages.slice(1).join(': ') ?? 'it does',
    advice: (_, { names }) =>
      names.includes('claims_rejected')
        ? 'Have the issuer write the claims as the schema wants them, or correct the schema.'
        : 'The token may be good: the schema itself failed. Repair it.',
  },
  {
    name: 'revocation',
    rule: 'option `isRevoked`',
    faults: ['token_revoked', 'verification_unavailable:isRevoked'],
    applies: ({ settings }) => settings.isRevoked !== undefined,
    expected: () => '`isRevoked` answers false',
    found: (_, failure) => {
      if (failure === undefined) return 'it does'
      return failure.names.includes('token_revoked') ? 'true' : failure.messages.slice(1).join(': ')
    },
    advice: (_, { names }) =>
      names.includes('token_revoked')
        ? 'The token was revoked. Have the client get a new one, if its user or client may have one.'
        : 'The token may be good: nobody could find out whether it was revoked. Look at what `isRevoked` does.',
  },
]

/** The members of `cnf` that each mechanism confirms: RFC 9449 §6.1, RFC 8705 §3.1. */
const mechanisms: Readonly<Record<string, { readonly key: string; readonly option: string }>> = {
  jkt: { key: 'a DPoP key (`cnf.jkt`)', option: 'dpop' },
  'x5t#S256': { key: 'a certificate (`cnf["x5t#S256"]`)', option: 'mtls' },
}

function boundTo(cnf: unknown): string {
  if (cnf === undefined) return 'it is not bound to a key'
  const members = typeof cnf === 'object' && cnf !== null ? Object.keys(cnf) : []
  if (members.length === 0) return '`cnf` that names no key'
  return `it is bound to ${members.map((member) => mechanisms[member]?.key ?? shown(member)).join(' and ')}`
}

function expectedBinding({ settings, scheme }: ExplainedCase): string {
  const { dpop, mtls } = settings
  const required = [
    ...(dpop?.required === true || scheme === 'DPoP' ? ['jkt'] : []),
    ...(mtls?.required === true ? ['x5t#S256'] : []),
  ]
  if (required.length > 0) return `bound to ${required.map((member) => mechanisms[member]?.key).join(' and ')}`
  const confirmed = mtls === undefined ? '' : ', or bound to a certificate that the request proves'
  return `not bound to a key${confirmed}`
}

function adviseOnBinding({ claims, settings, scheme }: ExplainedCase, { names }: Failure): string {
  if (names.includes('token_unbound'))
    return scheme === 'DPoP'
      ? 'The token is not bound to a DPoP key, so the scheme DPoP does not fit. Have the client send a proof when it asks for the token, or use the scheme Bearer.'
      : 'The options require tokens that are bound to a key. Have the client bind its token: with a DPoP proof or a certificate at the token endpoint.'
  const members = Object.keys(Object(claims['cnf']) as object)
  const unknown = members.filter((member) => mechanisms[member] === undefined)
  if (members.length === 0 || unknown.length > 0)
    return 'The token is bound in a way that no option confirms. Have the issuer bind it with DPoP or a certificate, or not at all.'
  if (members.includes('jkt') && settings.dpop === undefined)
    return 'The token only counts with a proof of its key. Set the option `dpop`, and have the client send a proof with each request.'
  if (members.includes('jkt') && scheme !== 'DPoP')
    return 'Send the token with the scheme DPoP and a proof in the header `DPoP`, not with the scheme Bearer.'
  return 'The token only counts on a connection with its certificate. Set the option `mtls`.'
}
