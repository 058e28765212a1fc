import assert from 'node:assert/strict'
import type { ContractAnswer, ContractRequest } from './client.ts'

/** The request that a browser sends before a page uses a non-safelisted header: Fetch, "CORS-preflight fetch". */
export const preflight: Partial<ContractRequest> = {
  method: 'OPTIONS',
  headers: {
    origin: 'https://inspector.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization,mcp-protocol-version',
  },
}

/** Asserts that the browser would let the page send the headers on a request without cookies. */
export function assertAllowed({ status, headers, body }: ContractAnswer): void {
  assert.deepEqual([status, body, headers['access-control-allow-origin']], [204, '', '*'])
  assert.equal(headers['access-control-allow-methods'], 'GET, HEAD')
  const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
  for (const header of ['authorization', 'mcp-protocol-version']) assert.ok(allowed.includes(header), header)
}
