import type { RequestListener } from 'node:http'
import type { TestIssuer } from '@bearerkit/testing'

/** One row of a table of `docs/migrating*.md`, taken literally: an app with the former package, and the migrated one. */
export interface Step {
  /** The first cell of the row. */
  readonly there: string
  readonly theirs: (cast: Cast) => App | Promise<App>
  readonly ours: (cast: Cast) => App | Promise<App>
  /** What both apps are asked. */
  readonly asked: readonly Question[]
}

/** A handler of Node's requests, and what is to be done at the end. */
export interface App {
  readonly handle: RequestListener
  readonly close?: () => Promise<void>
}

/** Those whose tokens the apps see. */
export interface Cast {
  /** Signs with RS256. */
  readonly issuer: TestIssuer
  readonly other: TestIssuer
  /** The public key of the issuer, whose tokens name it {@link Cast.kid}. */
  readonly pem: string
  readonly kid: string
}

/**
 * A request, and the status it gets: from both apps, or there and here. Where both let it pass, they must say the same of
 * who is calling.
 */
export type Question = readonly [what: string, request: RequestMaker, there: number, here?: number]

export type RequestMaker = (cast: Cast) => AskedRequest | Promise<AskedRequest>

export interface AskedRequest {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Headers that depend on the app, such as a proof for its URL. */
  readonly proof?: (origin: string) => Readonly<Record<string, string>>
  readonly body?: string
}
