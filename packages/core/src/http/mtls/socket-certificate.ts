import { certificateThumbprint } from '../../keys/certificate.ts'
import type { HttpRequest } from '../../http-message.ts'

/** The part of Node's `TLSSocket` that is used. */
interface TlsSocket {
  getPeerX509Certificate?(): { readonly raw: Buffer } | undefined
}

/** Node's request of HTTP/1, or of HTTP/2, where all requests of a connection share the socket of its session. */
interface ConnectedRequest {
  readonly socket?: TlsSocket
  readonly stream?: { readonly session?: { readonly socket?: TlsSocket } }
}

/** Building the certificate object takes longer than the rest of the check, and a connection has many requests. */
const thumbprints = new WeakMap<TlsSocket, string>()

/**
 * Returns the thumbprint of the certificate that the client presented on this TLS connection. The handshake proved that
 * the client has its key. Its chain is not checked again: for the binding it does not matter who issued it (RFC 8705 §6.2).
 *
 * Node's server keeps the certificate in its session tickets, so a resumed session has it too.
 */
export function socketThumbprint(request: HttpRequest): string | undefined {
  const { socket: own, stream } = request as ConnectedRequest
  const socket = stream?.session?.socket ?? own
  return socket && (thumbprints.get(socket) ?? readThumbprint(socket))
}

/** A missing certificate is not remembered: a client may present it later in the connection (TLS 1.2 renegotiation). */
function readThumbprint(socket: TlsSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate?.()
  if (certificate === undefined) return undefined
  const thumbprint = certificateThumbprint(certificate.raw)
  thumbprints.set(socket, thumbprint)
  return thumbprint
}
