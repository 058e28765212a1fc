import { randomUUID } from 'node:crypto'
import { LocalKeyProvider, type SigningKey, TokenIssuer } from '@bearerkit/core'
import { SignJWT } from 'jose'
import type { Figure, Outcome } from '../figure.ts'
import { paceOfAsync } from '../pace.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'

const algorithms = ['ES256', 'RS256', 'Ed25519', 'HS256'] as const
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const claims = { sub: 'user-1', client_id: 'client-1', scope: 'reports:read' }
const concurrency = 16

/** Tokens issued per second, compared with bare jose making the same token with the same key. */
export async function measure({ rounds, turn }: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of algorithms) figures.push(await issuingWith(alg, rounds, turn))
  return { figures, notMeasured: [] }
}

async function issuingWith(alg: string, rounds: number, turn: number): Promise<Figure> {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg })
  const tokens = new TokenIssuer({ keys, issuer, audience, expiresIn: '10m' })
  const key = await keys.signingKey()
  const of = await medians(
    [
      { name: 'TokenIssuer', sample: () => paceOfAsync(() => tokens.issue(claims), turn, concurrency) },
      { name: 'jose SignJWT', sample: () => paceOfAsync(() => sameTokenByJose(key), turn, concurrency) },
    ],
    rounds,
  )
  return {
    name: `${alg} tokens issued`,
    unit: 'tokens/s',
    subject: of('TokenIssuer'),
    relativeTo: of('jose SignJWT'),
    target: { atLeast: 0.9 },
  }
}

function sameTokenByJose({ alg, kid, privateKey }: SigningKey): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ typ: 'at+jwt', alg, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(privateKey)
}
