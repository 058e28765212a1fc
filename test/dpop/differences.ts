/** A case in which oauth4webapi decides otherwise. RFC 9449 leaves a choice, or the other implementation is less strict. */
export interface Difference {
  /** Why the clause lets us decide as we do. */
  readonly clause: string
  /** Our reason for a refusal that the other implementation does not share. Undefined: we accept what it refuses. */
  readonly ours: string | undefined
  readonly applies: (proof: string) => boolean
}

type JsonObject = Readonly<Record<string, unknown>>

function headerOf(proof: string): JsonObject {
  return decoded(proof.split('.')[0])
}

function claimsOf(proof: string): JsonObject {
  return decoded(proof.split('.')[1])
}

function decoded(segment = ''): JsonObject {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as JsonObject
}

/** True if the encoding of a segment is not the canonical one. */
function isLoose(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') !== segment
}

const uriPattern = /^https:\/\/[\w.~:-]+(?:\/[\w.~!$&'()*+,;=:@%/-]*)?$/i

function targetIn(htu: unknown): string {
  return String(htu).split(/[?#]/)[0] ?? ''
}

export const differences: readonly Difference[] = [
  {
    clause: 'RFC 9449 §4.3, check 4: `typ` has the value dpop+jwt, not another spelling of the media type',
    ours: 'dpop_typ_mismatch',
    applies: (proof) => /^(?:application\/)?dpop\+jwt$/i.test(String(headerOf(proof)['typ'])),
  },
  {
    clause: 'RFC 7797 §7: a JWT does not use `b64`',
    ours: 'dpop_crit_unsupported',
    applies: (proof) => headerOf(proof)['b64'] !== undefined,
  },
  {
    clause: 'RFC 7515 §2: base64url without other characters, and one spelling for each value',
    ours: 'dpop_proof_malformed',
    applies: (proof) => proof.trim().split('.').some(isLoose),
  },
  {
    clause:
      'RFC 9449 §4.3, check 7: `jwk` has no private member; RFC 7517 §4.2, §4.3: `use` and `key_ops` permit verifying',
    ours: 'dpop_jwk_invalid',
    applies: (proof) => ['k', 'use', 'key_ops'].some((name) => Object.hasOwn(Object(headerOf(proof)['jwk']), name)),
  },
  {
    clause: 'RFC 9449 §11.1: the size of `jti` is limited; an empty one identifies nothing',
    ours: 'dpop_jti_invalid',
    applies: (proof) => ['', 'too long'].includes(lengthOf(claimsOf(proof)['jti'])),
  },
  {
    clause: 'RFC 9449 §4.3, check 9: `htu` is compared after the normalization of RFC 3986 §6.2.2.2 (percent-encoding)',
    ours: undefined,
    applies: (proof) => /%/.test(targetIn(claimsOf(proof)['htu'])),
  },
  {
    clause: 'RFC 9449 §4.2: `htu` is a URI; the WHATWG parser also accepts text that is none, and repairs it',
    ours: 'dpop_htu_mismatch',
    applies: (proof) => !uriPattern.test(targetIn(claimsOf(proof)['htu'])),
  },
]

function lengthOf(jti: unknown): string {
  return typeof jti === 'string' && jti.length > 256 ? 'too long' : String(jti)
}
