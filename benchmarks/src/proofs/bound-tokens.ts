import { createDpopClient, type DpopClient, type TestIssuer } from '@bearerkit/testing'
import { forEachOf } from '../pace.ts'
import { countingTo } from '../tokens.ts'

/** A client with a token that is bound to its key. */
export interface BoundToken {
  readonly client: DpopClient
  readonly token: string
}

export function boundTokens(issuer: TestIssuer, count: number): Promise<BoundToken[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await createDpopClient()
      return { client, token: await issuer.issue({}, { expiresIn: '8h', boundTo: { jkt: client.jkt } }) }
    }),
  )
}

/** The headers of a request with a proof that was never used. */
export interface ProvenHeaders {
  readonly authorization: string
  readonly dpop: string
}

/** Makes proofs for one URL, with the tokens in turn. */
export async function provenHeaders(
  tokens: readonly BoundToken[],
  url: string,
  count: number,
): Promise<ProvenHeaders[]> {
  const made: ProvenHeaders[] = []
  await forEachOf(countingTo(count), 16, async (number) => {
    const { client, token } = tokens[number % tokens.length] as BoundToken
    made[number] = { authorization: `DPoP ${token}`, dpop: await client.proof({ url, token }) }
  })
  return made
}
