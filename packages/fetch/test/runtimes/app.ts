import { protect, requireScopes, verifyJwt, type VerifyJwtOptions } from '../../src/index.ts'

export type Handle = (request: Request) => Promise<Response>

/** The app that the tests of runtimes ask: it protects `/me` and `/reports`. */
export function appFor(options: VerifyJwtOptions = {}): Handle {
  const authenticate = verifyJwt({ ...options, dpop: true })
  const reports = protect(requireScopes('reports:read'), () => Response.json([]))
  return protect(authenticate, async (request) => {
    if (new URL(request.url).pathname === '/reports') return reports(request)
    return Response.json({ subject: request.auth.claims.sub, proof: request.auth.proof?.kind })
  })
}
