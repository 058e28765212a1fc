import {
  type IntrospectionUnavailableError,
  type KeySourceUnavailableError,
  type KeyStoreUnavailableError,
  type ProofError,
  type ReplayStoreUnavailableError,
  type TokenError,
  tokenFaults,
  type VerificationUnavailableError,
} from './errors.ts'

/** The errors that determine the response to a request. */
interface Recognizable {
  readonly TokenError: TokenError
  readonly KeySourceUnavailableError: KeySourceUnavailableError
  readonly KeyStoreUnavailableError: KeyStoreUnavailableError
  readonly ReplayStoreUnavailableError: ReplayStoreUnavailableError
  readonly IntrospectionUnavailableError: IntrospectionUnavailableError
  readonly VerificationUnavailableError: VerificationUnavailableError
  readonly ProofError: ProofError
}

const codesOf: Readonly<Record<keyof Recognizable, ReadonlySet<unknown>>> = {
  TokenError: new Set(Object.keys(tokenFaults)),
  ProofError: new Set(['proof_invalid']),
  KeySourceUnavailableError: new Set(['key_source_unavailable']),
  KeyStoreUnavailableError: new Set(['key_store_unavailable']),
  ReplayStoreUnavailableError: new Set(['replay_store_unavailable']),
  IntrospectionUnavailableError: new Set(['introspection_unavailable']),
  VerificationUnavailableError: new Set(['verification_unavailable']),
}

/**
 * Recognizes an error by its name and code. `instanceof` would fail if the process loads two copies of this package.
 * Both must match, because OAuth client libraries also define a `TokenError` or a `token_expired` code.
 */
export function isErrorNamed<Name extends keyof Recognizable>(name: Name, error: unknown): error is Recognizable[Name] {
  const given = Object(error) as { name?: unknown; code?: unknown }
  return given.name === name && codesOf[name].has(given.code)
}

/** Recognizes that keys cannot be had at the moment, and that asking again later makes sense. */
export function isKeyOutage(error: unknown): error is KeySourceUnavailableError | KeyStoreUnavailableError {
  return isErrorNamed('KeySourceUnavailableError', error) || isErrorNamed('KeyStoreUnavailableError', error)
}

type Outage =
  KeySourceUnavailableError | KeyStoreUnavailableError | ReplayStoreUnavailableError | IntrospectionUnavailableError

/** Recognizes an outage with a code of its own, after which a request may be sent again. */
export function isOutage(error: unknown): error is Outage {
  return (
    isKeyOutage(error) ||
    isErrorNamed('ReplayStoreUnavailableError', error) ||
    isErrorNamed('IntrospectionUnavailableError', error)
  )
}
