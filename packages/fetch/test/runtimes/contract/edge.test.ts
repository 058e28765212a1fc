import type { TokenRevoker } from '@bearerkit/core'
import type { ContractAppOptions, StartContractApp } from '@bearerkit/testing/contract'
import { describeSurface } from '../../../../testing/src/contract/adapter/describe-adapter.ts'
import { testFramework } from '../../../../testing/src/contract/adapter/test-framework.ts'
import { startPlainOn } from '../../plain-app.ts'
import { edgeRuntime } from '../edge/edge-runtime.ts'
import { inapplicable } from './inapplicable.ts'
import { leavingOut } from './leaving-out.ts'

const runtime = edgeRuntime()

/** The tests compare what is revoked, and objects of another context differ from theirs. */
function copyingRevocations({ backChannel, ...options }: ContractAppOptions): ContractAppOptions {
  if (backChannel === undefined) return { ...options, backChannel }
  const revocations: TokenRevoker = { revoke: (tokens) => backChannel.revocations.revoke({ ...tokens }) }
  return { ...options, backChannel: { ...backChannel, revocations } }
}

const start: StartContractApp = async (options) => startPlainOn(await runtime, copyingRevocations(options))

describeSurface('web standards alone', start, {
  framework: leavingOut(inapplicable['web standards'], testFramework),
  // `node:diagnostics_channel` is Node's alone.
  hasChannel: false,
})
