import { randomBytes } from 'node:crypto'
import type { TestIssuer } from '@bearerkit/testing'
import { forEachOf } from './pace.ts'

/** Good tokens, each with a different subject. */
export async function goodTokens(issuer: TestIssuer, count: number): Promise<string[]> {
  const tokens: string[] = []
  await forEachOf(countingTo(count), 16, async (number) => {
    tokens[number] = await issuer.issue(
      { sub: `user-${number}`, scope: 'reports:read reports:write' },
      { expiresIn: '8h' },
    )
  })
  return tokens
}

export function* countingTo(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) yield number
}

/** The part of a junk token that is random. The rest looks valid. */
export interface Junk {
  readonly iss: string
  readonly aud: string
  readonly kid: string
}

const halfADay = 12 * 60 * 60
const signatureLength = 64

/** An ES256 token that looks valid but is not: the signature is 64 random bytes. */
export function junkToken({ iss, aud, kid }: Junk): string {
  const iat = Math.floor(Date.now() / 1000)
  const header = segment({ typ: 'at+jwt', alg: 'ES256', kid })
  const jti = randomBytes(8).toString('hex')
  const claims = segment({ iss, aud, sub: 'nobody', client_id: 'nothing', jti, iat, exp: iat + halfADay })
  return `${header}.${claims}.${randomBytes(signatureLength).toString('base64url')}`
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
