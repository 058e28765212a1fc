import { type WrongProofName, wrongProofs } from '@bearerkit/testing'
import type { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { type FrameworkName, paths, publicUrl } from '../deployment.ts'
import { flaw, type Obstacle } from './change.ts'
import type { ForgedToken } from './forged-tokens.ts'
import type { SoakToken } from './soak-token.ts'
import type { UsedProofs } from './used-proofs.ts'

/** A request, and why it may have to be refused. */
export interface SoakRequest {
  /** For the report. */
  readonly kind: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly token: SoakToken | undefined
  readonly obstaclesAt: (server: FrameworkName) => readonly Obstacle[]
}

/** Where the requests get their tokens and proofs from. Each returns undefined if it has none at the moment. */
export interface Sources {
  readonly random: SeededRandom
  readonly good: () => SoakToken | undefined
  readonly expired: () => SoakToken | undefined
  readonly revoked: () => SoakToken | undefined
  readonly forged: () => ForgedToken | undefined
  readonly usedProofs: UsedProofs
}

type Make = (sources: Sources) => SoakRequest | undefined | Promise<SoakRequest | undefined>

/** The kinds of requests. The weight of each is its share of a hundred. */
const kinds: readonly (readonly [weight: number, make: Make])[] = [
  [70, (sources) => presenting(sources.good(), sources)],
  [5, (sources) => presenting(sources.expired(), sources)],
  [7, (sources) => presenting(sources.revoked(), sources)],
  [7, ({ forged }) => presentingForged(forged())],
  [4, (sources) => withWrongProof(sources)],
  [3, ({ usedProofs }) => usedProofs.again()],
  [2, (sources) => withOtherScheme(sources)],
  [2, () => withoutCredentials],
]

const total = kinds.reduce((sum, [weight]) => sum + weight, 0)

/** Makes a request of a random kind, or with a good token if there is nothing to make it of yet. */
export async function nextRequest(kindDraw: SeededRandom, sources: Sources): Promise<SoakRequest | undefined> {
  let draw = kindDraw.between(0, total)
  const [, make] = kinds.find(([weight]) => (draw -= weight) < 0) ?? []
  return (await make?.(sources)) ?? presenting(sources.good(), sources)
}

/** As the client of the token would send it. */
function presenting(token: SoakToken | undefined, { random }: Sources): SoakRequest | undefined {
  if (token === undefined) return undefined
  const { scheme, text, use, issuer } = token
  const path = random.pick(Object.values(paths))
  const proof = use.client?.proofAtOnce({ url: publicUrl + path, token: text })
  const lacksScope = path === paths.guarded && !use.hasScope
  return {
    kind: `${scheme}, ${issuer.name} keys`,
    path,
    headers: { authorization: `${scheme} ${text}`, ...(proof !== undefined && { dpop: proof }) },
    token,
    obstaclesAt: (server) => [...token.obstaclesAt(server), ...(lacksScope ? [insufficientScope] : [])],
  }
}

const insufficientScope = flaw('403 scope_insufficient', 'token without the scope')

function presentingForged(forged: ForgedToken | undefined): SoakRequest | undefined {
  if (forged === undefined) return undefined
  const { text, obstaclesAt } = forged
  return {
    kind: 'forged token',
    path: paths.open,
    headers: { authorization: `Bearer ${text}` },
    token: undefined,
    obstaclesAt,
  }
}

/** Node limits the size of headers, so one would not arrive. The other is right if its request waits for five seconds. */
const unsuitable: readonly string[] = ['tooLong', 'early'] satisfies WrongProofName[]
const wrong = Object.entries(wrongProofs).filter(([name]) => !unsuitable.includes(name))

async function withWrongProof(sources: Sources): Promise<SoakRequest | undefined> {
  const token = sources.good()
  const client = token?.use.client
  if (token === undefined || client === undefined) return undefined
  const [, { make, reason }] = sources.random.pick(wrong)
  const path = paths.open
  const dpop = await make(client, { url: publicUrl + path, token: token.text })
  return flawed(token, { kind: 'wrong proof', headers: { authorization: `DPoP ${token.text}`, dpop } }, reason)
}

/** A bound token as `Bearer`, and one that is not bound as `DPoP`. */
function withOtherScheme({ good }: Sources): SoakRequest | undefined {
  const token = good()
  if (token === undefined) return undefined
  const [scheme, reason] = token.scheme === 'DPoP' ? ['Bearer', 'proof_required'] : ['DPoP', 'token_unbound']
  return flawed(token, { kind: 'wrong scheme', headers: { authorization: `${scheme} ${token.text}` } }, reason)
}

function flawed(token: SoakToken, request: Pick<SoakRequest, 'kind' | 'headers'>, reason: string): SoakRequest {
  return {
    ...request,
    path: paths.open,
    token,
    obstaclesAt: (server) => [flaw(`401 ${reason}`), ...token.obstaclesAt(server)],
  }
}

const withoutCredentials: SoakRequest = {
  kind: 'no credentials',
  path: paths.open,
  headers: {},
  token: undefined,
  obstaclesAt: () => [flaw('401 credentials_missing')],
}
