import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import type { Revocations } from '../../src/revocation/revocations.ts'
import { type Fleet, iss } from './setting.ts'

const audience = 'https://api.example.com'

/** A token that lasts for a day, and a verifier that asks an instance of `Revocations`. */
export async function tokenFor(
  { clock }: Fleet,
  isRevoked: Revocations,
): Promise<{ readonly verifier: TokenVerifier; readonly token: string }> {
  const keys = new LocalKeyProvider({ clock })
  await keys.createKey({ alg: 'ES256' })
  const token = await new TokenIssuer({ keys, issuer: iss, audience, clock }).issue({ sub: 'u' }, { expiresIn: '1d' })
  return { token, verifier: new TokenVerifier({ keys, issuer: iss, audience, clock, isRevoked }) }
}
