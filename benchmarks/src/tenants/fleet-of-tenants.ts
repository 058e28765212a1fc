import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { IssuerOptions } from '@bearerkit/core'

export const audience = 'https://api.example.com'

/** An issuer with its own name and key. Its documents are served without a socket. */
interface Tenant {
  readonly iss: string
  readonly privateKey: KeyObject
  readonly publicJwk: object
}

/** A number of tenants, their resolver, and a `fetch` that serves their documents and counts requests. */
export class Tenants {
  readonly #tenants: readonly Tenant[]
  readonly #byOrigin: ReadonlyMap<string, Tenant>
  questions = 0
  requests = 0

  constructor(count: number) {
    this.#tenants = Array.from({ length: count }, (_, number) => tenantNumber(number))
    this.#byOrigin = new Map(this.#tenants.map((tenant) => [tenant.iss, tenant]))
  }

  /** One new token of each tenant, in turn. They are bytes, so that the strings are created on arrival. */
  round(name: string): Buffer[] {
    return this.#tenants.map((tenant) => Buffer.from(tokenOf(tenant, name)))
  }

  readonly resolveIssuer = async (iss: string): Promise<IssuerOptions | undefined> => {
    this.questions += 1
    return this.#byOrigin.has(iss) ? { audience } : undefined
  }

  readonly fetch = async (url: string): Promise<Response> => {
    this.requests += 1
    const { origin, pathname } = new URL(url)
    const tenant = this.#byOrigin.get(origin)
    if (tenant === undefined) return new Response(null, { status: 404 })
    const isMetadata = pathname.startsWith('/.well-known/')
    return Response.json(isMetadata ? { issuer: origin, jwks_uri: `${origin}/jwks` } : { keys: [tenant.publicJwk] })
  }
}

const kid = 'k1'

function tenantNumber(number: number): Tenant {
  // Through PEM: exporting a key right after it was generated can deadlock on Node 20.
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const publicJwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
  return { iss: `https://tenant-${number}.example.com`, privateKey: createPrivateKey(privateKey), publicJwk }
}

function tokenOf({ iss, privateKey }: Tenant, jti: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss, aud: audience, sub: 'user-1', client_id: 'app', jti, iat, exp: iat + 8 * 60 * 60 }
  const input = [{ alg: 'ES256', typ: 'at+jwt', kid }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
