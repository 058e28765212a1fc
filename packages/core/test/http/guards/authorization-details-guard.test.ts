import {
  authorizationDetailsGuard,
  type RequiredAuthorizationDetails,
} from '../../../src/http/guards/authorization-details-guard.ts'
import { authorizationDetailsOf } from '../../../src/jwt/claims/authorization-details.ts'
import { judged, requestWith } from './granted.ts'

const account = {
  type: 'account_information',
  actions: ['list_accounts', 'read_balances'],
  locations: ['https://example.com/accounts'],
  identifier: 'account-14-32-32-3',
}
const payment = {
  type: 'payment_initiation',
  actions: ['initiate'],
  instructedAmount: { currency: 'EUR', amount: '123.50' },
}

async function errorOf(details: unknown, required: RequiredAuthorizationDetails): Promise<Error | undefined> {
  const request = requestWith({ claims: { authorization_details: details } })
  return (await judged(authorizationDetailsGuard(required), request)).error
}

describe('a guard that requires authorization details (RFC 9396)', () => {
  it.each<[string, RequiredAuthorizationDetails]>([
    ['the type', { type: 'payment_initiation' }],
    ['the type and an action', { type: 'account_information', actions: 'read_balances' }],
    ['several actions', { type: 'account_information', actions: ['list_accounts', 'read_balances'] }],
    ['an action on a location', { ...pick(account, 'type', 'locations'), actions: 'list_accounts' }],
    ['an identifier', { type: 'account_information', identifier: 'account-14-32-32-3' }],
    ['a condition', { type: 'payment_initiation', where: ({ instructedAmount }) => instructedAmount !== undefined }],
  ])('lets a request pass that is granted %s', async (_what, required) => {
    expect(await errorOf([account, payment], required)).toBeUndefined()
  })

  it.each<[string, unknown, RequiredAuthorizationDetails]>([
    ['another type', [account], { type: 'payment_initiation' }],
    ['the type in another case', [payment], { type: 'Payment_Initiation' }],
    ['another action', [payment], { type: 'payment_initiation', actions: 'cancel' }],
    ['only one of two actions', [account], { type: 'account_information', actions: ['list_accounts', 'delete'] }],
    ['another location', [account], { type: 'account_information', locations: 'https://example.com' }],
    ['no location at all', [payment], { type: 'payment_initiation', locations: 'https://example.com/payments' }],
    ['another identifier', [account], { type: 'account_information', identifier: 'account' }],
    ['the action in another element', [account, payment], { type: 'account_information', actions: 'initiate' }],
    ['a condition that is not met', [payment], { type: 'payment_initiation', where: () => false }],
    [
      'a condition that returns a promise',
      [payment],
      { type: 'payment_initiation', where: (async () => true) as never },
    ],
    ['no such claim', undefined, { type: 'payment_initiation' }],
    ['an empty list', [], { type: 'payment_initiation' }],
  ])('refuses a request that has %s', async (_what, details, required) => {
    expect(await errorOf(details, required)).toMatchObject({
      status: 403,
      error: 'insufficient_scope',
      code: 'claims_insufficient',
    })
  })

  it.each<[string, unknown]>([
    ['an object', payment],
    ['a string', JSON.stringify([payment])],
    ['a list with a text', [payment, 'payment']],
    ['a list with null', [payment, null]],
    ['a list with an element without a type', [payment, { actions: ['initiate'] }]],
    ['a list with a type that is no text', [payment, { type: ['payment_initiation'] }]],
    ['actions that are a text', [payment, { type: 'x', actions: 'initiate' }]],
    ['actions that are not texts', [payment, { type: 'x', actions: [1] }]],
    ['an identifier that is a number', [payment, { type: 'x', identifier: 1 }]],
  ])('is not met by a malformed claim: %s', async (_what, details) => {
    expect(await errorOf(details, { type: 'payment_initiation' })).toMatchObject({ status: 403 })
    expect(authorizationDetailsOf({ authorization_details: details })).toEqual([])
  })

  it('does not find details that the claims only inherit', () => {
    const details = authorizationDetailsOf({ authorization_details: [Object.create({ type: 'payment_initiation' })] })
    expect(details).toEqual([])
  })

  it('passes on an error of the condition', async () => {
    const fault = new Error('a fault of the application')
    const where = (): never => {
      throw fault
    }
    expect(await errorOf([payment], { type: 'payment_initiation', where })).toBe(fault)
  })

  it.each<[string, object]>([
    ['without a type', {}],
    ['with an empty type', { type: '' }],
    ['with an empty list of actions', { type: 'a', actions: [] }],
    ['with an unknown member', { type: 'a', action: 'b' }],
    ['with a condition that is no function', { type: 'a', where: true }],
  ])('fails at start-up %s', (_what, required) => {
    expect(() => authorizationDetailsGuard(required as RequiredAuthorizationDetails)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }),
    )
  })
})

function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>
}
