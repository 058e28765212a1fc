import { LRUCache } from 'lru-cache'
import { Age } from '../../age.ts'
import type { Clock, Moment } from '../../clock.ts'
import { TokenError } from '../../errors.ts'
import type { Evidence } from '../authentic-token.ts'
import type { JsonObject } from './introspection-answer.ts'

export interface RememberedAnswersSettings {
  readonly cacheTtl: number
  readonly maxTokens: number
  readonly clock: Clock
}

/** The issuer's answer that a token is active. Counts until `cacheTtl` after the issuer was asked. */
export class ActiveAnswer implements Evidence {
  readonly claims: JsonObject
  readonly #age: Age
  readonly #lifetime: number

  constructor(claims: JsonObject, age: Age, lifetime: number) {
    this.claims = claims
    this.#age = age
    this.#lifetime = lifetime
  }

  holds(now?: number): boolean {
    return now === undefined ? this.#age.isBelow(this.#lifetime) : this.#age.isBelowAt(now, this.#lifetime)
  }
}

interface Refusal {
  readonly fault: Pick<TokenError, 'code' | 'claim'>
  readonly age: Age
}

/** Refusals are remembered for a shorter time: a token may become active shortly after it was issued. */
const refusalShare = 1 / 3

/** Answers by the digest of their token. Refusals have a cache of their own, so that junk cannot evict active tokens. */
export class RememberedAnswers {
  readonly #settings: RememberedAnswersSettings
  readonly #active: LRUCache<string, ActiveAnswer>
  readonly #refused: LRUCache<string, Refusal>

  constructor(settings: RememberedAnswersSettings) {
    const { maxTokens: max } = settings
    this.#settings = settings
    this.#active = new LRUCache({ max })
    this.#refused = new LRUCache({ max })
  }

  /** Returns an answer that is still current. @throws TokenError if the token was refused a moment ago */
  recall(digest: string): ActiveAnswer | undefined {
    const refusal = this.#refused.get(digest)
    if (refusal?.age.isBelow(this.#settings.cacheTtl * refusalShare) === true) throw errorFor(refusal)
    const answer = this.#active.get(digest)
    return answer?.holds() === true ? answer : undefined
  }

  /** True if the token was active when the issuer was last asked. */
  wasActive(digest: string): boolean {
    return this.#active.has(digest)
  }

  /** @param askedAt when the issuer was asked, because the answer may be as old as that */
  rememberActive(digest: string, claims: JsonObject, askedAt: Moment): ActiveAnswer {
    const answer = new ActiveAnswer(claims, this.#ageSince(askedAt), this.#settings.cacheTtl)
    this.#refused.delete(digest)
    this.#active.set(digest, answer)
    return answer
  }

  rememberRefusal(digest: string, { code, claim }: TokenError, askedAt: Moment): void {
    this.#active.delete(digest)
    this.#refused.set(digest, { fault: { code, claim }, age: this.#ageSince(askedAt) })
  }

  /** The number of answers in memory. */
  get sizes(): { readonly active: number; readonly refused: number } {
    return { active: this.#active.size, refused: this.#refused.size }
  }

  #ageSince(askedAt: Moment): Age {
    const age = new Age(this.#settings.clock)
    age.renew(askedAt)
    return age
  }
}

/** A new error each time: a shared one would have the cause of another request. */
function errorFor({ fault: { code, claim } }: Refusal): TokenError {
  return new TokenError(code, claim === undefined ? {} : { claim })
}
