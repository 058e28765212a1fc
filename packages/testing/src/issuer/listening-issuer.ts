import { checkOrigin, type ListeningOptions, readTestIssuerOptions } from './issuer-options.ts'
import type { DocumentName } from './documents.ts'
import type { Fault } from './fault.ts'
import { IssuerServer } from './issuer-server.ts'
import { createIssuerKeys, type IssuerParts, TestIssuer } from './test-issuer.ts'

/**
 * Starts a token issuer on a free port of 127.0.0.1, or where the options say. It does not keep the process alive, so a
 * forgotten `close()` is harmless. A program that only runs the issuer must keep itself alive. For apps that take their
 * options from the environment, and for several processes; {@link testIssuer} needs no socket.
 *
 * ```ts
 * import { createTestIssuer } from '@bearerkit/testing'
 *
 * const issuer = await createTestIssuer()
 * Object.assign(process.env, issuer.environment()) // for a server that calls verifyJwt() without options
 * const good = await issuer.issue({ scope: 'reports:read' }) // 200
 * const bad = await issuer.forged.expired() // 401
 * issuer.fail({ kind: 'down' })
 * await issuer.close()
 * ```
 *
 * @throws ConfigurationError naming the option
 * @throws Error of Node if it cannot listen, with a `code` such as `EADDRINUSE`
 */
export async function createTestIssuer(options: ListeningOptions = {}): Promise<ListeningTestIssuer> {
  const settings = readTestIssuerOptions('createTestIssuer', options)
  checkOrigin('createTestIssuer', options.origin)
  const { port = 0, host = '127.0.0.1', otherwise } = options
  const keys = await createIssuerKeys(settings)
  const server = await IssuerServer.listen({ port, host })
  const { origin = server.origin } = options
  return new ListeningTestIssuer({ settings, origin, ...keys }, server, otherwise).prepare()
}

/** A token issuer on a real socket: see {@link createTestIssuer}. */
export class ListeningTestIssuer extends TestIssuer {
  readonly #server: IssuerServer

  /** @internal Use {@link createTestIssuer}. */
  constructor(parts: IssuerParts, server: IssuerServer, otherwise: ListeningOptions['otherwise']) {
    super(parts)
    this.#server = server
    server.serve(this.service, otherwise)
  }

  /** Returns the environment variables for an app that calls `verifyJwt()` without options. */
  environment(): { readonly BEARERKIT_ISSUER: string; readonly BEARERKIT_AUDIENCE: string } {
    return { BEARERKIT_ISSUER: this.issuer, BEARERKIT_AUDIENCE: this.audience }
  }

  override fail(fault: Fault, options?: { readonly only?: DocumentName }): void {
    super.fail(fault, options)
    if (this.service.isDown) this.#server.resetConnections()
  }

  /** Closes the server and every connection immediately. */
  override async close(): Promise<void> {
    await this.#server.close()
  }
}
