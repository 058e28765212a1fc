import { hash, randomUUID } from 'node:crypto'
import { LocalKeyProvider, type SigningKey } from '@bearerkit/core'

/** A client that proves possession of its key in each request: RFC 9449 §4. */
export class DpopClient {
  /** The thumbprint of its key, to which the issuer binds tokens. */
  readonly jkt: string
  readonly #key: SigningKey
  readonly #jwk: object

  private constructor(jkt: string, key: SigningKey, jwk: object) {
    this.jkt = jkt
    this.#key = key
    this.#jwk = jwk
  }

  static async create(): Promise<DpopClient> {
    const keys = new LocalKeyProvider()
    const { fingerprint } = await keys.createKey({ alg: 'ES256', kid: 'client' })
    const { kty, crv, x, y } = await keys.getPublicJwk('client')
    return new DpopClient(fingerprint, await keys.signingKey('client'), { kty, crv, x, y })
  }

  /** The headers of a GET request with the token. */
  async headers(url: string, token: string): Promise<Record<string, string>> {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: this.#jwk }
    const ath = hash('sha256', token, 'base64url')
    const claims = { jti: randomUUID(), htm: 'GET', htu: url, iat: Math.floor(Date.now() / 1000), ath }
    const signingInput = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = Buffer.from(await this.#key.sign(Buffer.from(signingInput))).toString('base64url')
    return { authorization: `DPoP ${token}`, dpop: `${signingInput}.${signature}` }
  }
}
