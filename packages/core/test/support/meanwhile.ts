import type { StandardSchema } from '../../src/jwt/claims/standard-schema.ts'
import type { AccessTokenClaims } from '../../src/jwt/jws/compact-jws.ts'

/** A schema that accepts all claims. It is the last thing that a verification waits for, and something happens during it. */
export function meanwhile(happens: () => unknown): StandardSchema<AccessTokenClaims> {
  const validate = async (value: unknown): Promise<{ value: AccessTokenClaims }> => {
    await happens()
    return { value: value as AccessTokenClaims }
  }
  return { '~standard': { version: 1, vendor: 'test', validate } }
}
