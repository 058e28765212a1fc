import type { IncomingMessage } from 'node:http'
import { Refusal } from './answers.ts'

/** In characters. The longest text in it is a token. */
const longestBody = 65_536

/** @throws Refusal if the body is too long or not JSON */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    body += String(chunk)
    if (body.length > longestBody) throw new Refusal(413, 'The body is too long.')
  }
  try {
    return JSON.parse(body)
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
}
