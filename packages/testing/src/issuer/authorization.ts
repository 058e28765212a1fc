import { randomUUID } from 'node:crypto'
import type { Clock, IssueClaims } from '@bearerkit/core'
import type { DpopClient } from '../dpop/dpop-client.ts'
import { type JwsContent, jsonSegmentsOf, signedAtOnce } from '../tokens/forge.ts'
import type { SyncSigner } from '../tokens/signer.ts'

/**
 * The headers of a request with a bearer token: RFC 6750 §2.1. Not an interface: HTTP clients take records of headers, and an
 * interface has no index signature.
 */
export type BearerHeaders = { readonly authorization: string }

/** The headers of a request with a token that is bound to a DPoP key, and a proof of that key: RFC 9449 §7.1. */
export type DpopHeaders = BearerHeaders & { readonly dpop: string }

/** The request that a DPoP proof is for. */
export interface AuthorizationOptions {
  readonly dpop: {
    /** Default `'GET'`. */
    readonly method?: string
    /** The URL of the request as the app sees it, such as `'http://localhost/me'`. */
    readonly url: string
    /** The nonce that the app gave. */
    readonly nonce?: string
    /** The client whose key binds the token. Default: a client of the issuer's own. */
    readonly client?: DpopClient
  }
}

/** Signs tokens without a promise, so that a test can write the headers of a request in place. */
export class Authorizations {
  readonly #clock: Clock
  readonly #client: DpopClient
  readonly #model: JwsContent
  readonly #signer: SyncSigner

  /** @param good a token of the issuer. Others differ from it in their claims */
  constructor(
    good: string,
    signer: SyncSigner,
    { clock, client }: { readonly clock: Clock; readonly client: DpopClient },
  ) {
    const [header, claims] = jsonSegmentsOf(good)
    this.#model = { header, claims }
    this.#signer = signer
    this.#clock = clock
    this.#client = client
  }

  bearer(claims: Readonly<IssueClaims>): BearerHeaders {
    return { authorization: `Bearer ${this.#token(claims)}` }
  }

  dpop(
    claims: Readonly<IssueClaims>,
    { client = this.#client, ...request }: AuthorizationOptions['dpop'],
  ): DpopHeaders {
    const token = this.#token({ cnf: { jkt: client.jkt }, ...claims })
    return { authorization: `DPoP ${token}`, dpop: client.proofAtOnce({ ...request, token }) }
  }

  #token(given: Readonly<IssueClaims>): string {
    const { header, claims } = this.#model
    const iat = Math.floor(this.#clock.now() / 1000)
    const lifetime = Number(claims['exp']) - Number(claims['iat'])
    return signedAtOnce(
      { header, claims: { ...claims, iat, exp: iat + lifetime, jti: randomUUID(), ...given } },
      this.#signer,
    )
  }
}
