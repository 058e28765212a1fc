import { DpopConfirmation } from '../../../src/http/dpop/dpop-confirmation.ts'
import { normalizedHttpUri } from '../../../src/http-uri.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { DpopSettings } from '../../../src/jwt/binding/dpop-options.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

const header =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRj' +
  'QyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19'

/** §4.1, figure 1: for the token endpoint. */
const proofForToken =
  `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwi` +
  'aWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'

/** §7.1, figure 12: for the protected resource. */
const proofForResource =
  `${header}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0` +
  'ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP' +
  '35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA'

const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
/** §6.1, figure 9. */
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
const clock = new ManualClock(1_562_262_620_000)

function settingsOf(dpop: VerifierOptions['dpop']): DpopSettings {
  return new TokenVerifier({ issuer, audience, dpop }).settings.dpop as DpopSettings
}

async function confirm(dpop: string, thumbprint = jkt): Promise<unknown> {
  const confirmation = new DpopConfirmation(settingsOf(true), clock)
  const headers = { host: 'resource.example.org', authorization: `DPoP ${token}`, dpop }
  const request = { method: 'GET', url: '/protectedresource', headers, socket: { encrypted: true } as object }
  return confirmation.confirm({ request, token, issued: { iss: issuer, exp: 1, cnf: { jkt: thumbprint } } })
}

describe('the examples of RFC 9449', () => {
  it('the proof for a protected resource passes with the token that is bound to its key', async () => {
    const proof = { kind: 'dpop', thumbprint: jkt, jti: 'e1j3V_bKic8-LAEB' }
    expect(await confirm(proofForResource)).toEqual({ proof, headers: undefined })
  })

  it('the proof for the token endpoint does not', async () => {
    await expect(confirm(proofForToken)).rejects.toMatchObject({ fault: 'dpop_htm_mismatch' })
  })

  it('the proof does not pass for a token that is bound to another key', async () => {
    await expect(confirm(proofForResource, `1${jkt.slice(1)}`)).rejects.toMatchObject({ fault: 'dpop_key_mismatch' })
  })

  it('the URIs are in their normal form', () => {
    for (const uri of ['https://server.example.com/token', 'https://resource.example.org/protectedresource'])
      expect(normalizedHttpUri(uri)).toBe(uri)
  })
})
