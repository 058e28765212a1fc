import type { RefusalCode } from '@bearerkit/core'
import { basicRows, furtherRows } from '../src/contract/adapter/status-table.ts'

/** Each code must be here, or the type check fails. */
const everyCode: Readonly<Record<RefusalCode, true>> = {
  credentials_missing: true,
  credentials_malformed: true,
  credentials_repeated: true,
  token_invalid: true,
  token_expired: true,
  token_revoked: true,
  proof_invalid: true,
  scope_insufficient: true,
  claims_insufficient: true,
  authentication_insufficient: true,
  key_source_unavailable: true,
  key_store_unavailable: true,
  replay_store_unavailable: true,
  introspection_unavailable: true,
  verification_unavailable: true,
}

test('the status table of the contract has a row for each code of a refusal', () => {
  const rows = Object.values({ ...basicRows, ...furtherRows }).flat()
  const told = new Set(rows.flatMap(({ told: { code } }) => code ?? []))
  expect([...told].toSorted()).toEqual(Object.keys(everyCode).toSorted())
})
