// The app as a Worker of Cloudflare. There are no environment variables: the configuration comes with the first request.
import { appFor, type Handle } from './app.ts'

interface Bindings {
  readonly ISSUER: string
  readonly AUDIENCE: string
}

let app: Handle | undefined

export default {
  fetch(request: Request, { ISSUER, AUDIENCE }: Bindings): Promise<Response> {
    app ??= appFor({ issuer: ISSUER, audience: AUDIENCE })
    return app(request)
  },
}
