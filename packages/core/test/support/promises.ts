import { runInNewContext } from 'node:vm'

/** A promise of another realm: not an instance of this realm's `Promise`. */
export function foreignPromise<T>(value: T): Promise<T> {
  return runInNewContext('Promise.resolve(value)', { value }) as Promise<T>
}

/** An object with a `then`, as query builders and promise libraries have it. */
export function thenable<T>(value: T): PromiseLike<T> {
  return { then: (resolve, reject) => Promise.resolve(value).then(resolve, reject) }
}
