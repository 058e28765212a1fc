import type { IssueClaims } from '@bearerkit/core'
import { createDpopClient, type Fault, hmacSigner, type TokenChange } from '@bearerkit/testing'
import type { AskedRequest, Cast, Question, RequestMaker } from './step.ts'

type TokenMaker = (cast: Cast) => string | Promise<string>

/** A good token, with claims besides. */
export function issued(claims: IssueClaims = {}): TokenMaker {
  return ({ issuer }) => issuer.issue(claims)
}

/** A token that is a good one but for what is named. A function is called when the token is made, for times. */
export function forged(change: TokenChange | (() => TokenChange)): TokenMaker {
  return ({ issuer }) => issuer.forge(typeof change === 'function' ? change() : change)
}

/** A token with an HMAC of the secret. Without a kid, as most that share a secret make them. */
export function signedWith(secret: string | Buffer, { header, ...change }: TokenChange = {}): TokenMaker {
  const hmac = { alg: 'HS256', typ: 'JWT', kid: undefined, ...header }
  return ({ issuer }) => issuer.forge({ ...change, header: hmac, signer: hmacSigner(secret) })
}

export function bearer(token: TokenMaker = issued(), more: AskedRequest = {}): RequestMaker {
  return async (cast) => ({ ...more, headers: { ...more.headers, authorization: `Bearer ${await token(cast)}` } })
}

/** A token that is bound to a key, with a proof of the key: for its own URL, or for another one. */
export function proven(path = '/'): RequestMaker {
  return async ({ issuer }) => {
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    return {
      headers: { authorization: `DPoP ${token}` },
      proof: (origin) => ({ dpop: client.proofAtOnce({ url: origin + path, token }) }),
    }
  }
}

/** A proof that one request after the other has. */
export function provenOnceForAll(): RequestMaker {
  const proofs = new Map<string, string>()
  let made: ReturnType<RequestMaker> | undefined
  return async (cast) => {
    made ??= proven()(cast)
    const { headers = {}, proof } = await made
    const remembered = (origin: string): string => {
      const dpop = proofs.get(origin) ?? String(proof?.(origin)['dpop'])
      proofs.set(origin, dpop)
      return dpop
    }
    return { headers, proof: (origin) => ({ dpop: remembered(origin) }) }
  }
}

export function inCookie(name: string, token: TokenMaker = issued()): RequestMaker {
  return async (cast) => ({ headers: { cookie: `${name}=${await token(cast)}` } })
}

export function inForm(name = 'access_token', token: TokenMaker = issued()): RequestMaker {
  return async (cast) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ [name]: await token(cast) }).toString(),
  })
}

export function inQuery(name = 'access_token', token: TokenMaker = issued()): RequestMaker {
  return async (cast) => ({ path: `/?${new URLSearchParams({ [name]: await token(cast) }).toString()}` })
}

export const passing: Question = ['a good token', bearer(), 200]
export const anonymous: Question = ['no token', () => ({}), 401]
export const expired: Question = ['an expired token', bearer(({ issuer }) => issuer.forged.expired()), 401]

/** What every protected app is asked. */
export const usual: readonly Question[] = [
  passing,
  anonymous,
  expired,
  ['a token of a wrong key', bearer(({ issuer }) => issuer.forged.wrongKey()), 401],
  ['a token for another audience', bearer(({ issuer }) => issuer.forged.wrongAudience()), 401],
  ['a token of another issuer', bearer(({ other }) => other.issue()), 401],
]

/** In seconds, from now. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

/** Of 42 bytes: HS256 takes no fewer than 32. */
export const sharedSecret = 'a shared secret of forty characters, or so'

/** What an app is asked that trusts the shared secret. */
export const askedOfSecret: readonly Question[] = [
  ['a token of the secret', bearer(signedWith(sharedSecret)), 200],
  ['a token of another secret', bearer(signedWith('another secret of the same length, or so..')), 401],
]

/** A good token, from a moment on at which its issuer does not answer. */
export function whileFailing(fault: Fault, only?: { readonly only: 'jwks' }): RequestMaker {
  return async (cast) => {
    const request = await bearer()(cast)
    cast.issuer.fail(fault, only)
    return request
  }
}
