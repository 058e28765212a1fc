import { randomBytes } from 'node:crypto'
import type { DpopFault } from '@bearerkit/core'
import { flipSignatureBit, setSpareBit } from '../tokens/compact-edit.ts'
import type { TokenChange } from '../tokens/forge.ts'
import { hmacSigner, noSignature } from '../tokens/signer.ts'
import { createDpopClient, type DpopClient, type ProvenRequest } from './dpop-client.ts'

/** A proof with one fault. */
export interface WrongProof {
  /** The `reason` of its refusal. */
  readonly reason: DpopFault
  /** Makes it for a request. Everything else in it is right. */
  readonly make: (client: DpopClient, request: ProvenRequest) => string | Promise<string>
}

/** The wrong proofs by name: each breaks one rule of RFC 9449 §4.3 or §7.1. */
export const wrongProofs: Readonly<Record<WrongProofName, WrongProof>> = {
  empty: { reason: 'dpop_proof_malformed', make: () => '' },
  text: { reason: 'dpop_proof_malformed', make: () => 'not a JWS' },
  twoSegments: changed('dpop_proof_malformed', { compact: (proof) => proof.slice(0, proof.lastIndexOf('.')) }),
  fiveSegments: changed('dpop_proof_malformed', { compact: (proof) => `${proof}.AAAA.AAAA` }),
  padded: changed('dpop_proof_malformed', { compact: (proof) => `${proof}==` }),
  spareBit: changed('dpop_proof_malformed', { compact: setSpareBit }),
  tooLong: changed('dpop_proof_malformed', { claims: { more: randomBytes(12_000).toString('base64url') } }),
  claimsThatAreAList: changed('dpop_proof_malformed', { payload: () => '[]' }),
  claimsThatAreNoJson: changed('dpop_proof_malformed', { payload: (json) => json.slice(1) }),
  twoInOneLine: changed('dpop_proof_repeated', { compact: (proof) => `${proof}, ${proof}` }),
  twoWithoutSpace: changed('dpop_proof_repeated', { compact: (proof) => `${proof},${proof}` }),
  noTyp: changed('dpop_typ_mismatch', { header: { typ: undefined } }),
  jwtTyp: changed('dpop_typ_mismatch', { header: { typ: 'JWT' } }),
  accessTokenTyp: changed('dpop_typ_mismatch', { header: { typ: 'at+jwt' } }),
  typInOtherCase: changed('dpop_typ_mismatch', { header: { typ: 'DPoP+JWT' } }),
  typAsList: changed('dpop_typ_mismatch', { header: { typ: ['dpop+jwt'] } }),
  noAlg: changed('dpop_alg_not_accepted', { header: { alg: undefined } }),
  algNone: changed('dpop_alg_not_accepted', { header: { alg: 'none' }, signer: noSignature, compact: withSignature }),
  algInOtherCase: changed('dpop_alg_not_accepted', { header: { alg: 'es256' } }),
  mac: changed('dpop_alg_not_accepted', { header: { alg: 'HS256' }, signer: hmacSigner('secret') }),
  macWithItsKey: changed('dpop_alg_not_accepted', {
    header: { alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from('secret').toString('base64url') } },
    signer: hmacSigner('secret'),
  }),
  algAsList: changed('dpop_alg_not_accepted', { header: { alg: ['ES256'] } }),
  crit: changed('dpop_crit_unsupported', { header: { crit: ['exp'], exp: 1 } }),
  emptyCrit: changed('dpop_crit_unsupported', { header: { crit: [] } }),
  b64: changed('dpop_crit_unsupported', { header: { b64: true } }),
  noJwk: changed('dpop_jwk_invalid', { header: { jwk: undefined } }),
  jwkAsText: changedFor('dpop_jwk_invalid', ({ publicJwk }) => ({ header: { jwk: JSON.stringify(publicJwk) } })),
  jwkAsList: changedFor('dpop_jwk_invalid', ({ publicJwk }) => ({ header: { jwk: [publicJwk] } })),
  privateJwk: withJwk({ d: 'AAAA' }),
  nullPrivateJwk: withJwk({ d: null }),
  secretJwk: changed('dpop_jwk_invalid', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }),
  jwkForOtherAlg: withJwk({ alg: 'RS256' }),
  jwkForEncryption: withJwk({ use: 'enc' }),
  jwkForSigningAlone: withJwk({ key_ops: ['sign'] }),
  jwkWithoutKty: withJwk({ kty: undefined }),
  jwkWithInheritedKty: withJwk({ kty: 'constructor' }),
  jwkWithOtherCurve: withJwk({ crv: 'P-384' }),
  jwkWithNumber: withJwk({ x: 1 }),
  jwkWithPadding: withJwk({ x: 'AAAA=' }),
  algOfOtherKind: changed('dpop_jwk_invalid', { header: { alg: 'RS256' } }),
  keyOfAnother: {
    reason: 'dpop_key_mismatch',
    make: async ({ clock }, request) => (await createDpopClient({ clock })).proof(request),
  },
  signedByAnother: {
    reason: 'dpop_signature_invalid',
    make: async (client, request) => client.proof(request, { signer: (await createDpopClient()).signer }),
  },
  flippedSignatureBit: changed('dpop_signature_invalid', { compact: flipSignatureBit }),
  shortSignature: changed('dpop_signature_invalid', { signer: () => new Uint8Array(8) }),
  zeroSignature: changed('dpop_signature_invalid', { signer: () => new Uint8Array(64) }),
  noHtm: changed('dpop_htm_mismatch', { claims: { htm: undefined } }),
  otherHtm: changed('dpop_htm_mismatch', { claims: { htm: 'PUT' } }),
  htmInLowerCase: changedFor('dpop_htm_mismatch', (_client, { method = 'GET' }) => ({
    claims: { htm: method.toLowerCase() },
  })),
  htmAsList: changed('dpop_htm_mismatch', { claims: { htm: ['GET'] } }),
  noHtu: withHtu(() => undefined),
  htuAsList: withHtu((url) => [url]),
  htuOfOtherPath: withHtu((url) => `${url}/other`),
  htuWithSlash: withHtu((url) => `${url}/`),
  htuInOtherCase: withHtu((url) => url.replace(/[^/]*$/, (last) => last.toUpperCase())),
  htuOfOtherHost: withHtu((url) => url.replace('//', '//other.')),
  htuOfOtherPort: withHtu((url) => Object.assign(new URL(url), { port: '1' }).href),
  htuOfOtherScheme: withHtu((url) => url.replace(/^https?/, (scheme) => (scheme === 'http' ? 'https' : 'http'))),
  htuWithUserInformation: withHtu((url) => url.replace('//', '//user:secret@')),
  htuWithEmptyUserInformation: withHtu((url) => url.replace('//', '//@')),
  htuWithPathAlone: withHtu((url) => new URL(url).pathname),
  htuWithBackslash: withHtu((url) => url.replaceAll('/', '\\')),
  htuWithSpace: withHtu((url) => ` ${url}`),
  htuWithLineBreak: withHtu((url) => url.replace('//', '//\n')),
  htuWithEscapedSlash: withHtu((url) => url.replace(/\/([^/]*)$/, '%2F$1')),
  htuWithHalfAnEscape: withHtu((url) => `${url}%6`),
  noIat: changed('dpop_iat_invalid', { claims: { iat: undefined } }),
  iatAsText: changed('dpop_iat_invalid', { claims: { iat: String(Math.floor(Date.now() / 1000)) } }),
  infiniteIat: changed('dpop_iat_invalid', { payload: (json) => json.replace(/"iat":[\d.]+/, '"iat":1e400') }),
  old: shifted('dpop_proof_too_old', -60),
  iatInMilliseconds: shifted('dpop_proof_in_future', 1_000_000_000_000),
  early: shifted('dpop_proof_in_future', 10),
  noJti: changed('dpop_jti_invalid', { claims: { jti: undefined } }),
  jtiAsNumber: changed('dpop_jti_invalid', { claims: { jti: 12_345 } }),
  emptyJti: changed('dpop_jti_invalid', { claims: { jti: '' } }),
  longJti: changed('dpop_jti_invalid', { claims: { jti: 'j'.repeat(257) } }),
  noAth: changed('dpop_ath_mismatch', { claims: { ath: undefined } }),
  athOfOtherToken: {
    reason: 'dpop_ath_mismatch',
    make: (client, request) => client.proof({ ...request, token: 'another' }),
  },
  paddedAth: {
    reason: 'dpop_ath_mismatch',
    make: (client, request) => client.proof(request, { payload: (json) => json.replace(/("ath":"[^"]*)/, '$1=') }),
  },
}

/** What is wrong with a proof. */
export type WrongProofName =
  | 'empty'
  | 'text'
  | 'twoSegments'
  | 'fiveSegments'
  | 'padded'
  | 'spareBit'
  | 'tooLong'
  | 'claimsThatAreAList'
  | 'claimsThatAreNoJson'
  | 'twoInOneLine'
  | 'twoWithoutSpace'
  | 'noTyp'
  | 'jwtTyp'
  | 'accessTokenTyp'
  | 'typInOtherCase'
  | 'typAsList'
  | 'noAlg'
  | 'algNone'
  | 'algInOtherCase'
  | 'mac'
  | 'macWithItsKey'
  | 'algAsList'
  | 'crit'
  | 'emptyCrit'
  | 'b64'
  | 'noJwk'
  | 'jwkAsText'
  | 'jwkAsList'
  | 'privateJwk'
  | 'nullPrivateJwk'
  | 'secretJwk'
  | 'jwkForOtherAlg'
  | 'jwkForEncryption'
  | 'jwkForSigningAlone'
  | 'jwkWithoutKty'
  | 'jwkWithInheritedKty'
  | 'jwkWithOtherCurve'
  | 'jwkWithNumber'
  | 'jwkWithPadding'
  | 'algOfOtherKind'
  | 'keyOfAnother'
  | 'signedByAnother'
  | 'flippedSignatureBit'
  | 'shortSignature'
  | 'zeroSignature'
  | 'noHtm'
  | 'otherHtm'
  | 'htmInLowerCase'
  | 'htmAsList'
  | 'noHtu'
  | 'htuAsList'
  | 'htuOfOtherPath'
  | 'htuWithSlash'
  | 'htuInOtherCase'
  | 'htuOfOtherHost'
  | 'htuOfOtherPort'
  | 'htuOfOtherScheme'
  | 'htuWithUserInformation'
  | 'htuWithEmptyUserInformation'
  | 'htuWithPathAlone'
  | 'htuWithBackslash'
  | 'htuWithSpace'
  | 'htuWithLineBreak'
  | 'htuWithEscapedSlash'
  | 'htuWithHalfAnEscape'
  | 'noIat'
  | 'iatAsText'
  | 'infiniteIat'
  | 'old'
  | 'iatInMilliseconds'
  | 'early'
  | 'noJti'
  | 'jtiAsNumber'
  | 'emptyJti'
  | 'longJti'
  | 'noAth'
  | 'athOfOtherToken'
  | 'paddedAth'

function changed(reason: DpopFault, change: TokenChange): WrongProof {
  return changedFor(reason, () => change)
}

function changedFor(
  reason: DpopFault,
  changeFor: (client: DpopClient, request: ProvenRequest) => TokenChange,
): WrongProof {
  return { reason, make: (client, request) => client.proof(request, changeFor(client, request)) }
}

function withJwk(members: Readonly<Record<string, unknown>>): WrongProof {
  return changedFor('dpop_jwk_invalid', ({ publicJwk }) => ({ header: { jwk: { ...publicJwk, ...members } } }))
}

function withHtu(htuFor: (url: string) => unknown): WrongProof {
  return changedFor('dpop_htu_mismatch', (_client, { url }) => ({ claims: { htu: htuFor(url) } }))
}

/** Moves `iat`, whatever clock the client has. */
function shifted(reason: DpopFault, seconds: number): WrongProof {
  const payload = (json: string): string => json.replace(/"iat":(\d+)/, (_, iat) => `"iat":${Number(iat) + seconds}`)
  return changed(reason, { payload })
}

/** The unsecured JWS has an empty signature, which no compact JWS may have here. */
function withSignature(proof: string): string {
  return `${proof}AAAA`
}
