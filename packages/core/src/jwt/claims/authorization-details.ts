import { isPlainObject } from '../../plain.ts'

/** One element of the claim `authorization_details`: RFC 9396 §2. Its type decides which other members it has. */
export interface AuthorizationDetail {
  readonly type: string
  /** The resources on which the actions are allowed, as URIs. */
  readonly locations?: readonly string[]
  readonly actions?: readonly string[]
  readonly datatypes?: readonly string[]
  /** One resource, such as an account. */
  readonly identifier?: string
  readonly privileges?: readonly string[]
  readonly [member: string]: unknown
}

/** The common members that are lists: RFC 9396 §2.2. */
export const listMembers = ['locations', 'actions', 'datatypes', 'privileges'] as const

/**
 * Returns the authorization details of a token. They are all or nothing: if one element is malformed, none is returned,
 * because it is not clear what the others mean beside it.
 *
 * ```ts
 * import { authorizationDetailsOf } from '@bearerkit/core'
 *
 * const details = authorizationDetailsOf({ authorization_details: [{ type: 'payment', actions: ['initiate'] }] })
 * console.log(details[0]?.actions) // [ 'initiate' ]
 * ```
 *
 * @param claims the claims as issued
 */
export function authorizationDetailsOf(claims: object): readonly AuthorizationDetail[] {
  const details: unknown = (claims as Readonly<Record<string, unknown>>)['authorization_details']
  return Array.isArray(details) && details.every(isAuthorizationDetail) ? details : []
}

function isAuthorizationDetail(detail: unknown): detail is AuthorizationDetail {
  if (!isPlainObject(detail)) return false
  const { type, identifier, ...others } = detail as Readonly<Record<string, unknown>>
  if (typeof type !== 'string' || type === '') return false
  if (identifier !== undefined && typeof identifier !== 'string') return false
  return listMembers.every((member) => others[member] === undefined || isListOfTexts(others[member]))
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
