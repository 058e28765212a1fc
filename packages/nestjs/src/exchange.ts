import { ConfigurationError, type HttpRequest, type NodeResponse } from '@bearerkit/core'
import type { ExecutionContext } from '@nestjs/common'

/** A request with its response, as the framework under Nest has them. */
export interface Exchange {
  /** The framework's request, on which handlers find the auth context. */
  readonly request: object
  /** Node's request. */
  readonly raw: HttpRequest
  readonly reply: Reply | undefined
}

/** The response of Express, which is Node's, or the reply of Fastify. */
type Reply = NodeResponse & Partial<FastifyReply>

interface FastifyReply {
  readonly raw: NodeResponse
  readonly sent: boolean
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string | string[]): unknown
  code(status: number): { send(body: Uint8Array): unknown }
}

/**
 * Returns the request that a guard protects, over HTTP or through GraphQL.
 *
 * @throws ConfigurationError if the guard protects something else, such as a message of a microservice
 */
export function exchangeOf(context: ExecutionContext): Exchange {
  const { request, reply } = context.getType<string>() === 'graphql' ? ofGraphql(context) : ofHttp(context)
  const raw = (request as { raw?: HttpRequest } | undefined)?.raw ?? (request as HttpRequest | undefined)
  if (raw?.headers === undefined) {
    const kind = context.getType<string>()
    throw new ConfigurationError(`a guard found no HTTP request in a context of the type ${kind}`, 'verifyJwt')
  }
  return { request: request as object, raw, reply }
}

interface Found {
  readonly request: unknown
  readonly reply: Reply | undefined
}

function ofHttp(context: ExecutionContext): Found {
  if (context.getType() !== 'http') return { request: undefined, reply: undefined }
  const http = context.switchToHttp()
  return { request: http.getRequest(), reply: http.getResponse() }
}

/** The third argument of a resolver is the context of the operation, in which servers put the request. */
function ofGraphql(context: ExecutionContext): Found {
  const {
    req,
    request = req,
    res,
  } = Object(context.getArgByIndex(2)) as { req?: unknown; request?: unknown; res?: Reply }
  return { request, reply: res ?? (request as { res?: Reply } | undefined)?.res }
}

/** Writes through the reply of Fastify, because its headers replace those on Node's response. */
export function responseOf(reply: Reply | undefined): NodeResponse | undefined {
  if (reply?.code === undefined || reply.header === undefined) return reply
  const { raw } = reply
  const fastify = reply as Reply & FastifyReply
  const response: NodeResponse = {
    headersSent: fastify.sent || raw?.headersSent,
    getHeader: (name) => fastify.getHeader(name) ?? raw?.getHeader?.(name),
    setHeader: (name, value) => fastify.header(name, value),
    // As bytes: Fastify adds a charset to the content type of a string.
    end: (body) => fastify.code(response.statusCode ?? 200).send(Buffer.from(body)),
  }
  return response
}
