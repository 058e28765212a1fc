import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import type { TestCertificate } from '@bearerkit/testing'

export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request over a new TLS connection, with or without a certificate. */
export function askOverTls(
  { cert, key }: Partial<TestCertificate>,
  { body: content, ...options }: RequestOptions & { readonly body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ host: '127.0.0.1', ...options, cert, key, rejectUnauthorized: false, agent: false })
    sent.once('error', reject).once('response', (response) => {
      const answer = async (): Promise<Answer> => ({
        status: response.statusCode,
        headers: response.headers,
        body: await text(response),
      })
      answer().then(resolve, reject)
    })
    sent.end(content)
  })
}
