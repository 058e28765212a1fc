import type { HttpRequest } from '../../http-message.ts'
import { CompactJws, type Signed } from '../../jwt/jws/compact-jws.ts'
import { hasSeveralLines } from '../header-lines.ts'
import { dpopError } from './dpop-fault.ts'
import { jwkIn, type ProofHeaders } from './proof-headers.ts'
import type { ProofJwk } from './proof-key.ts'

/** In characters. A proof with a key and a signature of ML-DSA-87, the largest, has about 12,000. */
const longestProof = 16_384

type JsonObject = Readonly<Record<string, unknown>>

/** The DPoP proof of a request: RFC 9449 §4.2. Nothing in it is trustworthy before the signature has been verified. */
export class UnverifiedProof {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** The key in the header. Undefined if it is not a public key for the algorithm of the proof. */
  readonly jwk: ProofJwk | undefined
  /** The proof as it was sent. */
  readonly text: string
  readonly #jws: CompactJws

  private constructor(text: string, jws: CompactJws) {
    this.text = text
    this.#jws = jws
    this.header = jws.header
    this.claims = jws.unverifiedClaims
    this.jwk = jwkIn(jws.header)
  }

  /**
   * Reads the proof of a request: RFC 9449 §4.3, checks 1 and 2.
   *
   * @param headers the headers of proofs that held
   * @throws ProofError `dpop_proof_missing`, `dpop_proof_repeated`, `dpop_proof_malformed`
   */
  static read(request: HttpRequest, headers: ProofHeaders): UnverifiedProof {
    const line = request.headers['dpop']
    if (line === undefined) throw dpopError('dpop_proof_missing')
    // Node and fetch join several lines with a comma, which does not occur in a JWS.
    if (typeof line !== 'string' || line.includes(',') || hasSeveralLines(request, 'dpop'))
      throw dpopError('dpop_proof_repeated')
    return decoded(() => new UnverifiedProof(line, CompactJws.parse(line, longestProof, headers.reader)))
  }

  /** @throws ProofError `dpop_proof_malformed` */
  get signed(): Signed {
    return decoded(() => this.#jws.signed)
  }
}

/** The parser is that of tokens, and so are its errors. */
function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch {
    throw dpopError('dpop_proof_malformed')
  }
}
