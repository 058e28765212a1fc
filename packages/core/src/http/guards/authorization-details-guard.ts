import { callable, optional, readOptions, required, text, texts } from '../../configuration/options.ts'
import {
  type AuthorizationDetail,
  authorizationDetailsOf,
  listMembers,
} from '../../jwt/claims/authorization-details.ts'
import { type Guard, guard } from './guards.ts'

/** What one element of `authorization_details` must grant: RFC 9396 §2.2. A member that it lacks grants nothing. */
export interface RequiredAuthorizationDetails {
  /** The type, compared exactly. */
  readonly type: string
  /** All of these must be among its `actions`. */
  readonly actions?: string | readonly string[] | undefined
  /** All of these must be among its `locations`. */
  readonly locations?: string | readonly string[] | undefined
  /** All of these must be among its `datatypes`. */
  readonly datatypes?: string | readonly string[] | undefined
  /** All of these must be among its `privileges`. */
  readonly privileges?: string | readonly string[] | undefined
  /** The `identifier`, compared exactly. */
  readonly identifier?: string | undefined
  /** Checks the members that only this type has. It must return `true` or `false`. */
  readonly where?: ((detail: AuthorizationDetail) => boolean) | undefined
}

interface Settings extends Readonly<Partial<Record<(typeof listMembers)[number], readonly string[] | undefined>>> {
  readonly type: string
  readonly identifier: string | undefined
  readonly where: ((detail: AuthorizationDetail) => unknown) | undefined
}

/**
 * Requires an element of the claim `authorization_details` (RFC 9396) that grants all of this. Otherwise: 403
 * `insufficient_scope`. Two elements that each grant a part do not suffice. A malformed claim grants nothing.
 *
 * @throws ConfigurationError if the type is missing, or if a member is invalid
 */
export function authorizationDetailsGuard(requirement: RequiredAuthorizationDetails): Guard {
  const settings = readOptions<Settings>('requireAuthorizationDetails', requirement, {
    type: required(text),
    actions: optional(texts),
    locations: optional(texts),
    datatypes: optional(texts),
    privileges: optional(texts),
    identifier: optional(text),
    where: optional(callable<(detail: AuthorizationDetail) => unknown>()),
  })
  return guard('claims_insufficient', {}, (_auth, issued) => {
    return authorizationDetailsOf(issued).some((detail) => grants(detail, settings))
  })
}

function grants(detail: AuthorizationDetail, wanted: Settings): boolean {
  const { type, identifier, where } = wanted
  if (detail.type !== type || (identifier !== undefined && detail.identifier !== identifier)) return false
  const hasAll = listMembers.every((member) => wanted[member]?.every((one) => detail[member]?.includes(one)) ?? true)
  // Require `true` exactly: untyped functions may return other truthy values, such as a promise.
  return hasAll && (where === undefined || where(detail) === true)
}
