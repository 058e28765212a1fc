import { dpopRows } from './dpop/dpop-rows.ts'
import { opaqueRows } from './opaque/opaque-rows.ts'
import { certificateRows } from './rows/certificate-rows.ts'
import { claimRows } from './rows/claim-rows.ts'
import { credentialRows } from './rows/credential-rows.ts'
import { guardRows, unguardedRows } from './rows/guard-rows.ts'
import { headerRows } from './rows/header-rows.ts'
import { optionRows } from './rows/option-rows.ts'
import { outageRows } from './rows/outage-rows.ts'
import { profileRows } from './rows/profile-rows.ts'
import { optionalRows, tokenRows } from './rows/token-rows.ts'
import { tokenSourceRows } from './rows/token-source-rows.ts'
import type { StatusRow } from './status-row.ts'

/** Groups of rows, by their titles. */
export type StatusTable = Readonly<Record<string, readonly StatusRow[]>>

/** The rows that run with every client. */
export const basicRows: StatusTable = {
  'credentials (RFC 6750 §2.1)': credentialRows,
  'tokens (RFC 6750 §3.1)': tokenRows,
  'the option mode: optional': optionalRows,
}

/** The rows that run with one client. */
export const furtherRows: StatusTable = {
  'the header of a token (RFC 7515 §4.1, RFC 8725 §3)': headerRows,
  'the claims of a token (RFC 7519 §4.1)': claimRows,
  'the profile rfc9068 (RFC 9068 §4)': profileRows,
  'options of verifyJwt': optionRows,
  'the option tokenSource (RFC 6750 §2.2)': tokenSourceRows,
  'tokens that are bound to a certificate (RFC 8705 §3)': certificateRows,
  'tokens that are bound to a key of the client (RFC 9449)': dpopRows,
  'opaque tokens (RFC 7662)': opaqueRows,
  'something that a decision depends on is down': outageRows,
  'guards (RFC 6750 §3.1, RFC 9396 §9.1, RFC 9470 §3)': guardRows,
  'guards without verifyJwt before them': unguardedRows,
}
