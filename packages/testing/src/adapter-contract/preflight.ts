import assert from 'node:assert/strict'
import type { ContractAnswer, ContractRequest } from './client.ts'

/** What a browser asks before a page sends a header that is not safelisted: Fetch, "CORS-preflight fetch". */
export const preflight: Partial<ContractRequest> = {
  method: 'OPTIONS',
  headers: {
    origin: 'https://inspector.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization,mcp-protocol-version',
  },
}

/** The browser lets the page send the headers, on a request without cookies. */
export function assertAllowed({ status, headers, body }: ContractAnswer): void {
  assert.deepEqual([status, body, headers['access-control-allow-origin']], [204, '', '*'])
  assert.equal(headers['access-control-allow-methods'], 'GET, HEAD')
  const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
  for (const header of ['authorization', 'mcp-protocol-version']) assert.ok(allowed.includes(header), header)
}
