import {
  createDpopClient,
  type DpopClient,
  type TokenChange,
  type WrongProofName,
  wrongProofs,
} from '@bearerkit/testing'
import { dpopNonces } from '../../../src/http/dpop/nonces.ts'
import { DpopTokenRequests } from '../../../src/http/dpop/dpop-token-requests.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import { ManualClock } from '../../support/clock.ts'

const publicUrl = 'https://server.example.com'
const url = `${publicUrl}/token`
const clock = new ManualClock()

let client: DpopClient
beforeAll(async () => {
  client = await createDpopClient({ clock })
})

function requestWith(dpop?: string): HttpRequest {
  return { method: 'POST', url: '/token', headers: dpop === undefined ? {} : { dpop } }
}

function proofWith(change?: TokenChange, nonce?: string): Promise<string> {
  return client.proof({ method: 'POST', url, nonce }, change)
}

describe('the key to which a requested token is bound', () => {
  it('is the key of the proof', async () => {
    const requests = new DpopTokenRequests({ publicUrl, clock })
    const binding = await requests.bindingOf(requestWith(await proofWith()))
    expect(binding).toEqual({ boundTo: { jkt: client.jkt }, headers: undefined })
  })

  it('is undefined for a request without a proof', async () => {
    expect(await new DpopTokenRequests({ publicUrl, clock }).bindingOf(requestWith())).toBeUndefined()
  })

  it('is the key in the example of RFC 9449 §4.1', async () => {
    const proof =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFV' +
      'ZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VT' +
      'YzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4' +
      'vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
    const requests = new DpopTokenRequests({ publicUrl, clock: new ManualClock(1_562_262_620_000) })
    const binding = await requests.bindingOf(requestWith(proof))
    expect(binding?.boundTo.jkt).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  })
})

/** A request for a token presents none, so no rule compares the proof with a token. */
const aboutTheToken: readonly WrongProofName[] = ['keyOfAnother', 'noAth', 'athOfOtherToken', 'paddedAth']

describe('a proof of a token request is refused', () => {
  it.each(Object.entries(wrongProofs).filter(([name]) => !aboutTheToken.includes(name as WrongProofName)))(
    'if it is wrong: %s',
    async (_, { reason, make }) => {
      const requests = new DpopTokenRequests({ publicUrl, clock })
      const request = requestWith(await make(client, { method: 'POST', url }))
      await expect(requests.bindingOf(request)).rejects.toMatchObject({
        name: 'ProofError',
        fault: reason,
        error: 'invalid_dpop_proof',
      })
    },
  )

  it('the second time', async () => {
    const requests = new DpopTokenRequests({ publicUrl, clock })
    const request = requestWith(await proofWith())
    await requests.bindingOf(request)
    await expect(requests.bindingOf(request)).rejects.toMatchObject({ fault: 'dpop_proof_replayed' })
  })

  it('without a required nonce, with a header that gives the nonce', async () => {
    const nonce = dpopNonces('a secret of 32 characters or more', { clock })
    const requests = new DpopTokenRequests({ publicUrl, clock, nonce })
    const refusal = { error: 'use_dpop_nonce', headers: { 'DPoP-Nonce': nonce.current() } }
    await expect(requests.bindingOf(requestWith(await proofWith()))).rejects.toMatchObject(refusal)
    const binding = await requests.bindingOf(requestWith(await proofWith({}, nonce.current())))
    expect(binding?.boundTo).toEqual({ jkt: client.jkt })
  })
})

it('refuses unknown options', () => {
  expect(() => new DpopTokenRequests({ required: true } as object)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', option: 'required' }),
  )
})
