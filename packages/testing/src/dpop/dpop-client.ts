import { hash, randomUUID } from 'node:crypto'
import { type Clock, LocalKeyProvider, type SignatureAlgorithm } from '@bearerkit/core'
import { signed, signedAtOnce, type TokenChange } from '../tokens/forge.ts'
import { exportPolicy, ownKeySigner, type SyncSigner } from '../tokens/signer.ts'

/** The options of {@link createDpopClient}. */
export interface DpopClientOptions {
  /** The algorithm of its key. Default `'ES256'`. */
  alg?: SignatureAlgorithm | (string & {})
  /** The clock for the `iat` of its proofs. Default: the system clock. */
  clock?: Clock
}

/** The request that a proof is for: RFC 9449 §4.2. */
export interface ProvenRequest {
  /** Default `'GET'`. */
  readonly method?: string
  /** A query or a fragment is left out of the proof. */
  readonly url: string
  /** The access token in the request. Undefined for a proof without `ath`. */
  readonly token?: string | undefined
  /** The nonce that the server gave. */
  readonly nonce?: string | undefined
}

/** A client with a DPoP key: see {@link createDpopClient}. */
export interface DpopClient {
  readonly alg: string
  /** The RFC 7638 thumbprint of the key. */
  readonly jkt: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  /** The clock for the `iat` of its proofs. */
  readonly clock: Clock
  /** Signs with the key. */
  readonly signer: SyncSigner
  /** Makes a proof for a request. A change makes it a wrong one: `{ claims: { jti: undefined } }` removes `jti`. */
  proof(request: ProvenRequest, change?: TokenChange): Promise<string>
  /** Makes a proof for a request, and returns no promise. */
  proofAtOnce(request: ProvenRequest): string
}

const kid = 'dpop'

/**
 * Creates a client with a new DPoP key (RFC 9449).
 *
 * ```ts
 * import { createDpopClient, createTestIssuer } from '@bearerkit/testing'
 *
 * const issuer = await createTestIssuer()
 * const client = await createDpopClient()
 * const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
 * const proof = await client.proof({ url: 'http://127.0.0.1:3000/me', token })
 * const headers = { authorization: `DPoP ${token}`, dpop: proof }
 * await issuer.close()
 * ```
 */
export async function createDpopClient({
  alg = 'ES256',
  clock = { now: () => Date.now() },
}: DpopClientOptions = {}): Promise<DpopClient> {
  const keys = new LocalKeyProvider()
  const { fingerprint: jkt } = await keys.createKey({ alg, kid, exportPolicy })
  const { kid: _kid, alg: _alg, use: _use, key_ops: _operations, ...publicJwk } = await keys.getPublicJwk(kid)
  const signer = await ownKeySigner(keys, kid)
  const header = { typ: 'dpop+jwt', alg, jwk: publicJwk }
  return {
    alg,
    jkt,
    publicJwk,
    clock,
    signer,
    proof: (request, change = {}) => signed({ header, claims: claimsFor(request, clock) }, { signer, ...change }),
    proofAtOnce: (request) => signedAtOnce({ header, claims: claimsFor(request, clock) }, signer),
  }
}

function claimsFor({ method = 'GET', url, token, nonce }: ProvenRequest, clock: Clock): Record<string, unknown> {
  return {
    jti: randomUUID(),
    htm: method,
    htu: url.replace(/[?#].*$/, ''),
    iat: Math.floor(clock.now() / 1000),
    ...(token !== undefined && { ath: hash('sha256', token, 'base64url') }),
    ...(nonce !== undefined && { nonce }),
  }
}
