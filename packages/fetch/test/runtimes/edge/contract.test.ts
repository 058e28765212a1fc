import type { TokenRevoker } from '@bearerkit/core'
import type { ContractAppOptions, StartContractApp } from '@bearerkit/testing/contract'
import { describeSurface } from '../../../../testing/src/contract/adapter/describe-adapter.ts'
import { testFramework } from '../../../../testing/src/contract/adapter/test-framework.ts'
import { startPlainOn } from '../../plain-app.ts'
import { type Inapplicable, leavingOut } from '../applicable.ts'
import { edgeRuntime } from './edge-runtime.ts'

const certificates = 'there is no reader of X.509 certificates, so the option `mtls` is a ConfigurationError'

const inapplicable: Inapplicable = {
  'tokens that are bound to a certificate (RFC 8705 §3)': certificates,
  'the certificate of the client': certificates,
  'pass with the certificate that they are bound to, and with no other': certificates,
}

const runtime = edgeRuntime()

/** The tests compare what is revoked, and objects of another context differ from theirs. */
function copyingRevocations({ backChannel, ...options }: ContractAppOptions): ContractAppOptions {
  if (backChannel === undefined) return { ...options, backChannel }
  const revocations: TokenRevoker = { revoke: (tokens) => backChannel.revocations.revoke({ ...tokens }) }
  return { ...options, backChannel: { ...backChannel, revocations } }
}

const start: StartContractApp = async (options) => startPlainOn(await runtime, copyingRevocations(options))

describeSurface('web standards alone', start, {
  framework: leavingOut(inapplicable, testFramework),
  // `node:diagnostics_channel` is Node's alone.
  hasChannel: false,
})
