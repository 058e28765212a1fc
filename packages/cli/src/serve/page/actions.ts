import {
  ConfigurationError,
  defaulting,
  oneOf,
  optional,
  type PresentedProof,
  type Reader,
  type Readers,
  readOptions,
  text,
  timerDuration,
} from '@bearerkit/core'
import type { DpopClient, TestIssuer } from '@bearerkit/testing'
import type { Action } from './page.ts'
import { type FaultName, faultNames, type FaultSwitch, type FaultTarget, faultTargets } from './faults.ts'
import type { Explain } from './explaining.ts'
import type { LiveLog } from './live-log.ts'
import type { PublishedKeys } from './published-keys.ts'
import { tokenKinds, type TokenWish } from './token-kinds.ts'

/** What the actions work on. */
export interface Workbench {
  readonly issuer: TestIssuer
  readonly keys: PublishedKeys
  readonly faults: FaultSwitch
  readonly log: LiveLog
  /** The client that has the key of tokens that are bound to one. */
  readonly dpopClient: DpopClient
  readonly explain: Explain
  /** Called after the keys or the fault were changed. */
  readonly onChange: () => void
}

/** The actions of the page, by name. The parameters of each are checked like options of the library. */
export function actionsOn(bench: Workbench): ReadonlyMap<string, Action> {
  const { issuer, keys, faults, log, onChange } = bench
  return new Map(
    Object.entries({
      mint: action('mint', mintReaders(issuer), (wish) => mint(bench, wish)),
      explain: action('explain', explainReaders, ({ token, audience, dpop }) => bench.explain(token, audience, dpop)),
      revoke: action('revoke', { token: text }, ({ token }) => issuer.revoke(token)),
      rotate: action('rotate', { activateAfter: optional(timerDuration) }, ({ activateAfter }) =>
        keys.rotate(activateAfter),
      ),
      destroy: action('destroy', { kid: text }, ({ kid }) => keys.destroy(kid)),
      fail: action('fail', faultReaders, ({ fault, target }) => {
        faults.set(fault, target)
        onChange()
      }),
      recover: action('recover', {}, () => {
        faults.clear()
        onChange()
      }),
      clearLog: action('clearLog', {}, () => log.clear()),
    }),
  )
}

/** Reads the parameters, and answers with the result or with `{}`. */
function action<T extends object>(
  name: string,
  readers: Readers<T>,
  run: (parameters: Readonly<T>) => unknown,
): Action {
  return async (parameters) => (await run(readOptions<T>(name, parameters, readers))) ?? {}
}

const faultReaders: Readers<{ fault: FaultName; target: FaultTarget }> = {
  fault: oneOf<FaultName>(...faultNames),
  target: defaulting(oneOf<FaultTarget>(...faultTargets), 'all'),
}

interface ExplainParameters {
  readonly token: string
  readonly audience: string
  readonly dpop: PresentedProof | undefined
}

const explainReaders: Readers<ExplainParameters> = { token: text, audience: text, dpop: optional(presentedProof) }

function presentedProof(value: unknown, option: string): PresentedProof {
  return readOptions<PresentedProof>(option, value, { proof: text, method: optional(text), url: text })
}

interface MintParameters extends TokenWish {
  readonly kind: string
  /** The request that a DPoP proof is for. */
  readonly method: string
  readonly url: string
}

function mintReaders({ audience }: TestIssuer): Readers<MintParameters> {
  return {
    kind: oneOf<string>(...tokenKinds.map(({ name }) => name)),
    claims: defaulting(members, {}),
    header: defaulting(members, {}),
    audience: defaulting(text, audience),
    expiresIn: defaulting(text, '10m'),
    method: defaulting(text, 'GET'),
    url: defaulting(text, 'http://localhost:3000/'),
  }
}

const members: Reader<Readonly<Record<string, unknown>>> = (value, option) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ConfigurationError(`${option} must be a JSON object`, option)
}

/** Returns the token, and a proof if it is bound to the key of the page. */
async function mint({ issuer, dpopClient }: Workbench, wish: MintParameters): Promise<object> {
  const kind = tokenKinds.find(({ name }) => name === wish.kind)
  const token = await kind?.make(issuer, wish, dpopClient)
  if (wish.kind !== 'dpop') return { token }
  return { token, proof: await dpopClient.proof({ method: wish.method, url: wish.url, token }) }
}
