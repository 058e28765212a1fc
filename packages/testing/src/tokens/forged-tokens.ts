import { createPublicKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { type Clock, LocalKeyProvider } from '@bearerkit/core'
import { certificateFor } from './certificate.ts'
import { flipSignatureBit, replacePayload, setSpareBit } from './compact-edit.ts'
import type { Forge } from './forge.ts'
import { exportPolicy, hmacSigner, noSignature, ownKeySigner, type Signer } from './signer.ts'

/** Tokens that no resource server may accept. Each has one fault. The issuer's key signs unless stated otherwise. */
export interface ForgedTokens {
  /** An unsecured JWS: `alg` is `none`, the signature is empty. */
  algNone(): Promise<string>
  /** HS256, keyed with the PEM (SPKI) of the issuer's public key: RFC 8725 §2.1. */
  hs256WithPublicKey(): Promise<string>
  /** Another key signed, but the header names the issuer's `kid`. */
  wrongKey(): Promise<string>
  /** The issuer never had the `kid`. Each call uses another one. */
  unknownKid(): Promise<string>
  /** `typ` belongs to another kind of token. Default `'logout+jwt'`. */
  wrongTyp(typ?: string): Promise<string>
  /** `exp` was an hour ago. */
  expired(): Promise<string>
  /** `nbf` is in an hour. */
  notYetValid(): Promise<string>
  /** `iss` is another issuer. */
  wrongIssuer(): Promise<string>
  /** `aud` is another resource. */
  wrongAudience(): Promise<string>
  /** `exp` is missing. */
  missingExp(): Promise<string>
  /** `exp` is `1e400`, which JSON parsers read as Infinity. */
  infiniteExp(): Promise<string>
  /** The header contains a key as `jwk`, and that key signed. */
  embeddedJwk(): Promise<string>
  /** The header names a URL of its key (`jku`), and that key signed. */
  jku(url: string): Promise<string>
  /** The header contains a certificate as `x5c`, and its key signed. */
  x5c(): Promise<string>
  /** `crit` names an unknown extension. */
  unknownCrit(): Promise<string>
  /** Five segments, like a JWE. */
  fiveParts(): Promise<string>
  /** `sub` was changed after signing. */
  tamperedPayload(): Promise<string>
  /** One bit of the signature is wrong. */
  flippedSignatureBit(): Promise<string>
  /**
   * The correct signature in a second encoding: a spare bit of its last character is set.
   *
   * @throws RangeError if signatures have no spare bits, as in ES384, ES512 and ML-DSA-65
   */
  nonCanonicalSignature(): Promise<string>
  /** Not a token: random base64url text of the given length. */
  junk(length: number): Promise<string>
  /** `alg` contains a line break and a character outside Latin-1. Neither may get into a response header. */
  hostileAlg(): Promise<string>
  /** Valid, but bound to a key by `cnf` (RFC 7800). It must not be accepted without proof of possession. */
  boundToKey(): Promise<string>
}

export interface ForgerContext {
  readonly forge: Forge
  readonly alg: string
  readonly clock: Clock
  /** Returns the issuer's public key. */
  readonly publicKey: () => Promise<KeyObject>
}

const hour = 3600

/** Creates the table of forgeries: the name of each, and its change. */
export function createForgedTokens({ forge, alg, clock, publicKey }: ForgerContext): ForgedTokens {
  const attacker = once(() => createAttacker(alg))
  const now = (): number => Math.floor(clock.now() / 1000)
  const signer: Signer = async (signingInput) => (await attacker()).signer(signingInput)

  return {
    algNone: () => forge({ header: { alg: 'none' }, signer: noSignature }),
    hs256WithPublicKey: async () => forge({ header: { alg: 'HS256' }, signer: hmacSigner(pemOf(await publicKey())) }),
    wrongKey: () => forge({ signer }),
    unknownKid: () => forge({ header: { kid: randomUUID() } }),
    wrongTyp: (typ = 'logout+jwt') => forge({ header: { typ } }),
    expired: () => forge({ claims: { iat: now() - 2 * hour, exp: now() - hour } }),
    notYetValid: () => forge({ claims: { nbf: now() + hour, exp: now() + 2 * hour } }),
    wrongIssuer: () => forge({ claims: { iss: 'https://attacker.example' } }),
    wrongAudience: () => forge({ claims: { aud: 'https://other-resource.example' } }),
    missingExp: () => forge({ claims: { exp: undefined } }),
    infiniteExp: () => forge({ payload: (json) => json.replace(/"exp":\d+/, '"exp":1e400') }),
    embeddedJwk: async () => forge({ header: { jwk: (await attacker()).jwk }, signer }),
    jku: (url) => forge({ header: { jku: url }, signer }),
    x5c: async () => forge({ header: { x5c: [(await attacker()).certificate] }, signer }),
    unknownCrit: () => forge({ header: { crit: ['urn:example:unknown'], 'urn:example:unknown': true } }),
    fiveParts: () => forge({ compact: (token) => `${token}.AAAA.AAAA` }),
    tamperedPayload: () => forge({ compact: replacePayload({ sub: 'somebody-else' }) }),
    flippedSignatureBit: () => forge({ compact: flipSignatureBit }),
    nonCanonicalSignature: () => forge({ compact: setSpareBit }),
    junk: async (length) => randomBytes(length).toString('base64url').slice(0, length),
    hostileAlg: () => forge({ header: { alg: `${alg}\r\nSet-Cookie: forged=\u{2603}` } }),
    boundToKey: async () => forge({ claims: { cnf: { jkt: (await attacker()).thumbprint } } }),
  }
}

interface Attacker {
  readonly signer: Signer
  readonly jwk: object
  readonly certificate: string
  /** RFC 7638. */
  readonly thumbprint: string
}

/** Creates an attacker. The key has the issuer's algorithm, but the issuer does not publish it. */
async function createAttacker(alg: string): Promise<Attacker> {
  const keys = new LocalKeyProvider()
  const { kid, fingerprint } = await keys.createKey({ alg, exportPolicy })
  const jwk = await keys.getPublicJwk(kid)
  return {
    signer: await ownKeySigner(keys, kid),
    jwk,
    certificate: certificateFor(createPublicKey({ key: jwk, format: 'jwk' })),
    thumbprint: fingerprint,
  }
}

/** Creates a value at the first call and keeps it, because creating an RSA key is slow. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}
