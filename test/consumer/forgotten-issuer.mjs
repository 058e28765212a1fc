import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'

// Nobody closes this issuer, nor waits for what it was asked while it hung.
const issuer = await createTestIssuer()
const verifier = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience })
const { claims } = await verifier.verify(await issuer.issue())
issuer.fail({ kind: 'slow', delay: 600_000 })
await fetch(issuer.jwksUrl, { signal: AbortSignal.timeout(100) }).catch(() => undefined)
console.log(claims.sub)
