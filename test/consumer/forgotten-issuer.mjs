import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'

// This issuer is never closed, and the request that hangs is never awaited.
const issuer = await createTestIssuer()
const verifier = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience })
const { claims } = await verifier.verify(await issuer.issue())
issuer.fail({ kind: 'slow', delay: 600_000 })
await fetch(issuer.jwksUrl, { signal: AbortSignal.timeout(100) }).catch(() => undefined)
console.log(claims.sub)
