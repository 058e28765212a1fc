import type { Presentation } from './binding/presentation.ts'
import type { FirstSight, Verification } from './first-sight.ts'

/** Verifies tokens that are not in the cache. Concurrent requests with the same token share one verification. */
export class NewTokens<Claims> {
  readonly #firstSight: FirstSight<Claims>
  readonly #stillHolds: (verification: Verification<Claims>) => boolean
  readonly #underWay = new Map<string, Promise<Verification<Claims>>>()

  /** @param stillHolds checks everything that can change after a verification */
  constructor(firstSight: FirstSight<Claims>, stillHolds: (verification: Verification<Claims>) => boolean) {
    this.#firstSight = firstSight
    this.#stillHolds = stillHolds
  }

  /** Returns no promise if nothing has to be awaited, and a rejected one if the token is refused at once. */
  verify(
    token: string,
    digest: string,
    presentation: Presentation,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    const underWay = this.#underWay.size === 0 ? undefined : this.#underWay.get(nameOf(digest, presentation))
    if (underWay === undefined) return this.#begin(token, digest, presentation)
    // The shared verification started earlier, and its key may have been destroyed since.
    return underWay.then((earlier) => {
      return this.#stillHolds(earlier) ? earlier : this.#firstSight.verify(token, presentation)
    })
  }

  #begin(
    token: string,
    digest: string,
    presentation: Presentation,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    const verification = this.#seen(token, presentation)
    if (!(verification instanceof Promise)) return verification
    const name = nameOf(digest, presentation)
    this.#underWay.set(name, verification)
    const ended = (): boolean => this.#underWay.delete(name)
    verification.then(ended, ended)
    return verification
  }

  #seen(token: string, presentation: Presentation): Verification<Claims> | Promise<Verification<Claims>> {
    try {
      return this.#firstSight.verify(token, presentation)
    } catch (fault) {
      return Promise.reject(fault)
    }
  }
}

/** A key-bound token that one presentation refuses may pass in another. */
function nameOf(digest: string, { name }: Presentation): string {
  return `${name} ${digest}`
}
