import type { Finding } from '../../frame/finding.ts'
import { durationWords } from '../../frame/time-words.ts'
import { type Examination, hasValidator } from '../examination.ts'
import type { Exchange } from '../exchange.ts'

/** What the headers of the JWKS let a cache do. In milliseconds. */
export type CacheLifetime =
  | { readonly kind: 'unspecified' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'limited'; readonly lifetime: number }

const day = 86_400_000

/** The default of the option `maxCacheTtl` of `verifyJwt`. */
const longestOfVerifier = 3_600_000

/** RFC 9111 §5.2.2, §5.3. */
export function cacheLifetime({ headers }: Exchange): CacheLifetime {
  const control = headers.get('cache-control')?.toLowerCase() ?? ''
  if (/(?:^|[\s,])(?:no-store|no-cache)(?:$|[\s,=])/.test(control)) return { kind: 'forbidden' }
  const [, seconds] = /(?:^|[\s,])max-age="?(\d+)/.exec(control) ?? []
  if (seconds !== undefined) return { kind: 'limited', lifetime: Number(seconds) * 1000 }
  const expires = headers.get('expires')
  if (expires === null) return { kind: 'unspecified' }
  const lifetime = Date.parse(expires) - Date.parse(headers.get('date') ?? '')
  return { kind: 'limited', lifetime: Number.isNaN(lifetime) ? 0 : Math.max(0, lifetime) }
}

export function cacheFindings({ jwks: [first, again] }: Examination): readonly Finding[] {
  if (first?.status !== 200) return []
  return [...lifetimeFindings(cacheLifetime(first)), ...validatorFindings(first, again)]
}

function lifetimeFindings(cache: CacheLifetime): readonly Finding[] {
  if (cache.kind === 'unspecified') return [unspecified]
  if (cache.kind === 'forbidden') return [forbidden]
  return cache.lifetime > day ? [longLived(cache.lifetime)] : []
}

const unspecified: Finding = {
  level: 'note',
  code: 'cache_unspecified',
  message: 'The JWKS does not say how long it may be cached, so every verifier decides for itself.',
}

const forbidden: Finding = {
  level: 'odd',
  code: 'cache_forbidden',
  message:
    'The JWKS forbids caching. Some verifiers then fetch it for every token, and depend on the issuer being up at all times.',
}

function longLived(lifetime: number): Finding {
  const words = durationWords(lifetime)
  return {
    level: 'odd',
    code: 'cache_long',
    message: `The JWKS may be cached for ${words}. A verifier that does so refuses the tokens of a new key, and accepts those of a withdrawn one, for as long. verifyJwt limits it to ${durationWords(longestOfVerifier)}.`,
  }
}

/** RFC 9110 §13.1. */
function validatorFindings(first: Exchange, again: Exchange | undefined): readonly Finding[] {
  if (!hasValidator(first))
    return [
      {
        level: 'note',
        code: 'no_validator',
        message: 'The JWKS has neither ETag nor Last-Modified, so each refresh transfers all of it.',
      },
    ]
  if (again?.status !== 200) return []
  return [
    {
      level: 'odd',
      code: 'validator_ignored',
      message:
        'The JWKS has a validator, but a conditional request was answered with the whole document instead of 304.',
    },
  ]
}

/** Says what the headers mean for a rotation of keys. */
export function rotationAdvice(cache: CacheLifetime, freshFor: number | undefined): string {
  const verifier = freshFor === undefined ? '' : `verifyJwt fetches the keys again after ${durationWords(freshFor)}. `
  if (cache.kind !== 'limited') return `${verifier}Publish a new key well before it signs.`
  return `${verifier}Publish a new key at least ${durationWords(cache.lifetime)} before it signs.`
}
