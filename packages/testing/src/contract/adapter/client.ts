import { request as httpRequest, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import supertest from 'supertest'
import type { TestCertificate } from '../../tokens/certificate.ts'

/** A request to a contract app. A header with several values is sent as several lines. */
export interface ContractRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  /** For an app with TLS: the client's certificate. Null for none. Undefined: the app has no TLS. */
  readonly certificate?: TestCertificate | null
}

export interface ContractAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Client = (server: Server, request: ContractRequest) => Promise<ContractAnswer>

/** Sends a request over a plain socket. */
const overASocket: Client = (server, { method = 'GET', path, headers = {}, body: content, certificate }) => {
  const { port } = server.address() as AddressInfo
  const length = content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }
  const options = { host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, agent: false }
  return new Promise((resolve, reject) => {
    const request = certificate === undefined ? httpRequest : httpsRequest
    const { cert, key } = certificate ?? {}
    const sent = request({ ...options, cert, key, rejectUnauthorized: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    sent.on('error', reject).end(content)
  })
}

/** Sends a request in the way that users test their own apps. */
const throughSupertest: Client = async (server, { method = 'GET', path, headers = {}, body }) => {
  const asked = supertest(server)[method.toLowerCase() as 'get'](path)
  for (const [name, value] of Object.entries(headers)) void asked.set(name, value as string)
  const { status, headers: answered, text } = await asked.buffer(true).send(body)
  return { status, headers: answered, body: text ?? '' }
}

export const clients: Readonly<Record<string, Client>> = {
  'over a socket': overASocket,
  'through supertest': throughSupertest,
}

/** The client for tests that run with only one client. */
export const ask: Client = overASocket

/** Creates a request to the route that shows the caller. */
export function me(authorization?: string | string[], more: Partial<ContractRequest> = {}): ContractRequest {
  return { path: '/me', headers: authorization === undefined ? {} : { authorization }, ...more }
}
