import { runInNewContext } from 'node:vm'

/** Creates a promise of another realm, which is not an instance of this realm's `Promise`. */
export function foreignPromise<T>(value: T): Promise<T> {
  return runInNewContext('Promise.resolve(value)', { value }) as Promise<T>
}

/** Creates an object with a `then` method, like those of query builders and promise libraries. */
export function thenable<T>(value: T): PromiseLike<T> {
  return { then: (resolve, reject) => Promise.resolve(value).then(resolve, reject) }
}
