import { createTestIssuer } from '@bearerkit/testing'
import type { RunningApp, StartContractApp } from '@bearerkit/testing/contract'
import { ask, type Disturbance, disturb, disturbances, type Ending } from './ask.ts'
import { allBehaviours } from './behaviour.ts'
import { Callbacks } from './callbacks.ts'
import { issuers, type Plan, Planner } from './plan.ts'
import { Random } from './random.ts'

const requests = 120

/** The time in which requests start and are disturbed, in milliseconds. */
const spell = 40

export interface Setting {
  readonly start: StartContractApp
  readonly seed: number
  readonly respond: boolean
}

/**
 * Sends many requests in parallel, most of which wait for a misbehaving callback, and disturbs half of them. Afterwards
 * the app must still answer correctly.
 *
 * @returns descriptions of the faults found
 */
export async function storm({ start, seed, respond }: Setting): Promise<string[]> {
  const random = new Random(seed)
  await using issuer = await createTestIssuer()
  await using silent = await createTestIssuer()
  silent.fail({ kind: 'hang' })
  const settling = allBehaviours.filter((behaviour) => behaviour !== 'never settles')
  const callbacks = new Callbacks(
    (iss) => (iss === issuers.silent ? { jwksUrl: silent.jwksUrl, requestTimeout: '200ms' } : { keys: issuer.keys }),
    () => random.pick(settling),
  )
  const app = await start({
    verify: { audience: issuer.audience, respond, ...callbacks.verification },
    predicate: callbacks.predicate,
    keys: callbacks.publisher,
    jwks: { include: 'all' },
    metadata: undefined,
    backChannel: undefined,
    parsesForms: false,
    ownErrorHandler: random.next() < 0.5,
    tls: undefined,
  })
  disturb(app.server)
  const planner = new Planner(random, issuer, callbacks)
  try {
    const disturbed = await Promise.all(Array.from({ length: requests }, async () => planner.any()))
    const during = await Promise.all(disturbed.map((plan) => faultOf(app, plan, random)))
    const calm = await Promise.all(Array.from({ length: 10 }, () => [planner.good(), planner.bad()]).flat())
    const after = await Promise.all(calm.map((plan) => faultOf(app, plan, undefined)))
    return [...during, ...after].filter((fault) => fault !== undefined)
  } finally {
    await app.close()
  }
}

/** @param random undefined for an undisturbed request */
async function faultOf(app: RunningApp, plan: Plan, random: Random | undefined): Promise<string | undefined> {
  const disturbance = random?.pick(disturbances) ?? 'none'
  const after = random?.below(spell) ?? 0
  const ending = await ask(app.server, { ...plan, disturbance, after })
  if (isFine(ending, plan, disturbance)) return undefined
  return `${plan.title}, ${disturbance}: ${ending} in the place of ${plan.allowed.join(' or ')}`
}

/** A disturbed request may be cut or get the disturbing answer, but it must not pass if it should be refused. */
function isFine(ending: Ending, { allowed }: Plan, disturbance: Disturbance): boolean {
  return allowed.includes(ending) || (disturbance !== 'none' && (ending === 'cut' || ending === 202))
}
