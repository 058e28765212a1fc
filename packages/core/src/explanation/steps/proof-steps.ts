import type { CertificateFault } from '../../http/mtls/certificate-fault.ts'
import { type DpopFault } from '../../http/dpop/dpop-fault.ts'
import { proofRuleOrder } from '../../http/dpop/proof-rules.ts'
import type { Failure } from '../failure.ts'
import type { Step } from '../step.ts'

type Prose = Pick<Step, 'name' | 'rule'> & {
  readonly expected: string
  readonly advice: string
}

const one = {
  name: 'DPoP proof',
  rule: 'RFC 9449 §4.3 (1, 2)',
  expected: 'one proof in the header `DPoP`: a signed JWT',
}
const fresh = {
  name: 'DPoP time',
  rule: 'RFC 9449 §4.3 (11), §11.1',
  expected: '`iat` about now, by the clock of this machine',
}
const nonce = { name: 'DPoP nonce', rule: 'RFC 9449 §4.3 (10), §9', expected: 'a `nonce` that this API has given' }

/** For each way in which a proof can fail: the step, and what to do. */
const proofProse: Readonly<Record<DpopFault, Prose>> = {
  dpop_proof_missing: { ...one, advice: 'Have the client send a proof with each request.' },
  dpop_proof_repeated: {
    ...one,
    advice: 'Send one proof alone. Two header lines, or two proofs in one line, are refused.',
  },
  dpop_proof_malformed: {
    ...one,
    advice: 'Send the proof as the client library made it: three parts in base64url, up to 16,384 characters.',
  },
  dpop_typ_mismatch: {
    name: 'DPoP type',
    rule: 'RFC 9449 §4.3 (4)',
    expected: '`typ` dpop+jwt',
    advice: 'Have the client write `typ` exactly so. Another JWT, such as the access token, is not a proof.',
  },
  dpop_alg_not_accepted: {
    name: 'DPoP algorithm',
    rule: 'RFC 9449 §4.3 (5)',
    expected: 'an accepted asymmetric `alg`',
    advice: 'Have the client use an algorithm that the challenge names in `algs`, or add its own to `dpop.algorithms`.',
  },
  dpop_crit_unsupported: {
    name: 'DPoP extensions',
    rule: 'RFC 7515 §4.1.11',
    expected: 'neither `crit` nor `b64`',
    advice: 'Have the client leave the extension out.',
  },
  dpop_jwk_invalid: {
    name: 'DPoP key',
    rule: 'RFC 9449 §4.2, §4.3 (7)',
    expected: 'a public key for `alg` in `jwk`',
    advice: 'Have the client put its public key into `jwk`: no private members, and RSA with 2048 bits or more.',
  },
  dpop_htm_mismatch: {
    name: 'DPoP method',
    rule: 'RFC 9449 §4.3 (8)',
    expected: '`htm` is the method of the request, in upper case',
    advice: 'Have the client make a new proof for each request, with its method.',
  },
  dpop_htu_mismatch: {
    name: 'DPoP URI',
    rule: 'RFC 9449 §4.3 (9)',
    expected: '`htu` is the URI of the request without query and fragment',
    advice:
      'If the client used the right URL, set `dpop.publicUrl` to the URL at which clients reach this API. Otherwise have it make the proof for this URL.',
  },
  dpop_iat_invalid: { ...fresh, advice: 'Have the client set `iat` as a number of seconds.' },
  dpop_proof_too_old: {
    ...fresh,
    advice:
      'Have the client make a new proof for each request. If it does, the clocks differ: synchronize both, or use `dpop.nonce`.',
  },
  dpop_proof_in_future: {
    ...fresh,
    advice: 'The clock of the client is ahead of this machine: synchronize both. Or it writes milliseconds.',
  },
  dpop_jti_invalid: {
    name: 'DPoP identifier',
    rule: 'RFC 9449 §4.2',
    expected: '`jti` with 1 to 256 characters',
    advice: 'Have the client set `jti` to a new random text in each proof.',
  },
  dpop_ath_mismatch: {
    name: 'DPoP token hash',
    rule: 'RFC 9449 §4.3 (12)',
    expected: '`ath` is the SHA-256 hash of this token in base64url',
    advice: 'Have the client make the proof for this token. After a refresh it must use the new one.',
  },
  dpop_key_mismatch: {
    name: 'DPoP binding',
    rule: 'RFC 9449 §4.3 (12), §6.1',
    expected: 'the key of the proof is the one in `cnf.jkt` of the token',
    advice:
      'The client has another key than when it got the token. Have it keep the key, or get a new token with the new one.',
  },
  dpop_signature_invalid: {
    name: 'DPoP signature',
    rule: 'RFC 9449 §4.3 (6)',
    expected: 'it verifies with the key in `jwk`',
    advice: 'The proof was changed, or another key signed it.',
  },
  dpop_nonce_missing: {
    ...nonce,
    advice: 'Have the client repeat the request with the `nonce` of the header `DPoP-Nonce` in a new proof.',
  },
  dpop_nonce_mismatch: {
    ...nonce,
    advice:
      'Have the client use the latest `DPoP-Nonce`. If it does, the instances of this API have different secrets for nonces.',
  },
  dpop_proof_replayed: {
    name: 'DPoP single use',
    rule: 'RFC 9449 §11.1',
    expected: 'the proof was not used before',
    advice: 'Have the client make a new proof for each request, also for a retry.',
  },
}

/** The order of the checks. The rules are in the order in which `proof-rules.ts` has them. */
const order: readonly DpopFault[] = [
  'dpop_proof_missing',
  ...proofRuleOrder,
  'dpop_signature_invalid',
  'dpop_nonce_missing',
  'dpop_proof_replayed',
]

const certificateFaults: readonly CertificateFault[] = [
  'certificate_missing',
  'certificate_mismatch',
  'certificate_unreadable',
]

/** The proof of possession of the client's certificate. */
const certificateStep: Step = {
  name: 'certificate',
  rule: 'RFC 8705 §3',
  faults: [...certificateFaults, 'verification_unavailable:mtls'],
  applies: ({ settings, claims }) => settings.mtls !== undefined && isBoundBy(claims, 'x5t#S256'),
  expected: () => 'the certificate of the connection is the one in `cnf["x5t#S256"]` of the token',
  found: (_, failure) => detailOf(failure) ?? 'it is',
  advice: () =>
    'An explanation has no connection with a certificate. Over HTTP, have the client present the certificate with which it got the token, and the proxy pass it on: see the option `mtls`.',
}

/** The proofs of possession: asked last, at every use of a bound token. */
export const proofSteps: readonly Step[] = [
  certificateStep,
  ...[...new Set(order.map((fault) => proofProse[fault].name))].map(proofStep),
]

function proofStep(name: string): Step {
  const faults = (Object.keys(proofProse) as DpopFault[]).filter((fault) => proofProse[fault].name === name)
  const [{ rule, expected }] = faults.map((fault) => proofProse[fault]) as [Prose]
  // The replay store belongs to the API. An explanation must not use the proof up.
  const isSkipped = faults.includes('dpop_proof_replayed')
  return {
    name,
    rule,
    faults: name === nonce.name ? [...faults, 'verification_unavailable:dpop'] : faults,
    applies: ({ settings: { dpop }, scheme, claims }) =>
      scheme === 'DPoP' && isBoundBy(claims, 'jkt') && (name === nonce.name ? dpop?.nonce : dpop) !== undefined,
    isSkipped: () => isSkipped,
    expected: () => expected,
    found: (_, failure) =>
      detailOf(failure) ?? (isSkipped ? 'not checked: an explanation does not use a proof up' : 'it is so'),
    advice: (_, { names }) => {
      const known = names.find((fault): fault is DpopFault => Object.hasOwn(proofProse, fault))
      return known === undefined ? 'The token may be good: `dpop.nonce` failed.' : proofProse[known].advice
    },
  }
}

function isBoundBy(claims: Readonly<Record<string, unknown>>, member: string): boolean {
  return Object.hasOwn(Object(claims['cnf']) as object, member)
}

function detailOf(failure: Failure | undefined): string | undefined {
  return failure?.messages.join(': ')
}
