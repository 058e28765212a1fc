import { KeyStoreUnavailableError, type VerificationKeys } from '@bearerkit/core'
import { proven, publicUrl } from '../dpop/dpop-request.ts'
import { type Outcome, outcomes, refused } from '../outcomes.ts'
import type { AppOptionsFor } from '../stage.ts'
import { issued, type RequestFor, type StatusRow } from '../status-row.ts'

/** Stored keys whose store has been unavailable for too long. */
const staleKeys: VerificationKeys = {
  verificationKeys: () => Promise.reject(new KeyStoreUnavailableError('the store is down', { retryAfter: 7 })),
  trusts: () => false,
}
const replayDown = { firstUse: () => Promise.reject(new Error('the store is down')) }

type OutageCase = readonly [title: string, options: AppOptionsFor, request: RequestFor, outcome: Outcome]

const cases: readonly OutageCase[] = [
  [
    'a good token if the keys of the issuer cannot be fetched',
    ({ issuer }) => ({ verify: { jwksUrl: `${issuer.issuer}/no-such-document` } }),
    issued(),
    outcomes.unavailable('key_source_unavailable'),
  ],
  [
    'a good token if the key store is down',
    { verify: { keys: staleKeys } },
    issued(),
    outcomes.unavailable('key_store_unavailable'),
  ],
  [
    'a good proof if the replay store is down',
    { verify: { dpop: { publicUrl, replay: replayDown } } },
    proven(),
    { ...outcomes.unavailable('replay_store_unavailable'), told: refused('replay_store_unavailable', 'DPoP') },
  ],
]

/** Something that the decision depends on is down: RFC 9110 §15.6.4. Other codes are among the rows of their options. */
export const outageRows: readonly StatusRow[] = cases.map(([title, options, request, outcome]) => {
  return { title, options, request, ...outcome }
})
