import { decodeHeader, type HeaderReader } from '../../jwt/jws/compact-jws.ts'
import { HeaderCache } from '../../jwt/jws/header-cache.ts'
import { type ProofJwk, readProofJwk } from './proof-key.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** The headers of proofs: a client sends the same one with each, and reading its key takes longer than finding it. */
export class ProofHeaders {
  readonly #held = new HeaderCache({ max: 10_000, longest: 1024 })
  readonly #remembered = new WeakSet<JsonObject>()

  readonly reader: HeaderReader = (segment) => this.#held.recall(segment) ?? decodeHeader(segment)

  /** Remembers the header of a proof that held. Junk never gets here, so it cannot push good ones out. */
  remember({ text, header }: { readonly text: string; readonly header: JsonObject }): void {
    if (this.#remembered.has(header)) return
    this.#remembered.add(header)
    this.#held.remember(text.slice(0, text.indexOf('.')), header)
  }
}

/** By the header object, which is the same for all proofs with a remembered header. */
const jwks = new WeakMap<JsonObject, { readonly jwk: ProofJwk | undefined }>()

/** Returns the key in the header of a proof. Undefined if it is not a public key for the algorithm of the proof. */
export function jwkIn(header: JsonObject): ProofJwk | undefined {
  const known = jwks.get(header)
  if (known !== undefined) return known.jwk
  const jwk = readProofJwk(header['jwk'], String(header['alg']))
  jwks.set(header, { jwk })
  return jwk
}
