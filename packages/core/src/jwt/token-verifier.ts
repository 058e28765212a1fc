import { secondsOf } from '../clock.ts'
import { TokenError } from '../errors.ts'
import type { VerificationKey, VerificationKeys } from '../keys/key-roles.ts'
import { RemoteJwksKeyProvider } from '../keys/remote/remote-jwks-key-provider.ts'
import { checkClaims, type ClaimRules } from './claims.ts'
import { type AccessTokenClaims, type JwtHeader, parseCompactJws } from './compact-jws.ts'
import { checkHeader } from './header.ts'
import { isSignedBy } from './signature.ts'
import {
  readVerifierOptions,
  remoteKeyOptionsIn,
  type VerifierOptions,
  type VerifierSettings,
} from './verifier-options.ts'

/** A token that holds in every respect. */
export interface VerifiedToken {
  readonly token: string
  readonly header: JwtHeader
  readonly claims: AccessTokenClaims
}

/**
 * Verifies JWT access tokens.
 *
 * ```ts
 * import { TokenVerifier } from '@bearerkit/core'
 *
 * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const { claims } = await verifier.verify('eyJ…').catch(() => ({ claims: undefined }))
 * ```
 */
export class TokenVerifier {
  readonly settings: VerifierSettings
  readonly #keys: VerificationKeys
  readonly #algorithms: ReadonlySet<string>
  readonly #rules: ClaimRules

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions = {}, owner = 'TokenVerifier') {
    const settings = readVerifierOptions(options, owner)
    this.settings = settings
    this.#keys = settings.keys ?? remoteKeys(settings, options)
    this.#algorithms = new Set(settings.algorithms)
    this.#rules = {
      profile: settings.profile,
      audience: settings.audience && new Set(settings.audience),
      clockTolerance: settings.clockTolerance / 1000,
      maxTokenAge: settings.maxTokenAge === undefined ? undefined : settings.maxTokenAge / 1000,
      requiredClaims: settings.requiredClaims,
    }
  }

  /**
   * Verifies in an order that lets nothing be fetched for a token that cannot pass, and nothing be believed before
   * the signature holds: shape, header, issuer, key, signature, claims, proof of possession.
   *
   * @throws TokenError if the token is at fault
   * @throws KeySourceUnavailableError if the keys cannot be had
   */
  async verify(token: string, options: { signal?: AbortSignal } = {}): Promise<VerifiedToken> {
    const jws = parseCompactJws(token, this.settings.maxTokenLength)
    const header = checkHeader(jws.header, this.settings.profile, this.#algorithms)
    if (jws.claims['iss'] !== this.settings.issuer) throw new TokenError('issuer_mismatch')
    const keys = await this.#keys.verificationKeys(header, options)
    await checkSignature(token, header, keys)
    const claims = checkClaims(jws.claims, this.#rules, secondsOf(this.settings.clock))
    // RFC 7800 §3.1: whoever sends the token must prove to hold a key, and nothing here has seen that proof.
    if (claims['cnf'] !== undefined) throw new TokenError('proof_required')
    return { token, header, claims }
  }
}

/** The issuer's published keys. */
function remoteKeys({ issuer, jwksUrl }: VerifierSettings, options: VerifierOptions): RemoteJwksKeyProvider {
  const location = jwksUrl === undefined ? { issuer } : { jwksUrl }
  return new RemoteJwksKeyProvider({ ...remoteKeyOptionsIn(options), ...location })
}

async function checkSignature(token: string, { alg, kid }: JwtHeader, keys: readonly VerificationKey[]): Promise<void> {
  if (keys.length === 0) throw new TokenError('key_unknown')
  if (kid === undefined && keys.length > 1) throw new TokenError('key_ambiguous')
  for (const key of keys) {
    if (await isSignedBy(token, alg, key)) return
  }
  throw new TokenError('signature_invalid')
}
