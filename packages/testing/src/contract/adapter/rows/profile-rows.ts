import type { AppOptions } from '../stage.ts'
import { outcomes } from '../outcomes.ts'
import { forged, issued, type StatusRow } from '../status-row.ts'

const { passes, invalid } = outcomes

const options: AppOptions = { verify: { profile: 'rfc9068' } }

const refusedTypes: readonly unknown[] = [undefined, 'JWT', 'application/jwt', 'logout+jwt', 'jwt+at', '']

const requiredClaims = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti']

/** `profile: 'rfc9068'`: RFC 9068 §2.1 (type), §2.2 (claims), §2.2.3 (entitlements), §4 (validation). */
export const profileRows: readonly StatusRow[] = [
  { title: 'a complete token', request: issued(), ...passes },
  {
    title: 'a token with the `typ` application/at+jwt',
    request: forged({ header: { typ: 'application/at+jwt' } }),
    ...passes,
  },
  ...refusedTypes.map((typ): StatusRow => {
    return {
      title: `a token with the \`typ\` ${JSON.stringify(typ)}`,
      request: forged({ header: { typ } }),
      ...invalid,
    }
  }),
  ...requiredClaims.map((claim): StatusRow => {
    return { title: `a token without \`${claim}\``, request: forged({ claims: { [claim]: undefined } }), ...invalid }
  }),
  ...requiredClaims.map((claim): StatusRow => {
    return { title: `a token whose \`${claim}\` is null`, request: forged({ claims: { [claim]: null } }), ...invalid }
  }),
  {
    title: 'a token with the required scope',
    request: issued({ scope: 'reports:read' }, { path: '/reports' }),
    ...passes,
  },
  {
    title: 'a token with the required roles',
    request: issued({ tenant: 'acme', roles: ['user', 'admin'] }, { path: '/tenant' }),
    ...passes,
  },
].map((row) => ({ ...row, options }))
