import type { HttpRequest } from '../../http-message.ts'
import { Buffer } from '../../platform.ts'
import { isForm } from './media-type.ts'
import { readBody, type UnusableBody, unreadBodyOf } from './request-body.ts'

/** The parameters of a form, by name. */
export type Form = Readonly<Record<string, string>>

export type UnusableForm = UnusableBody | 'not a form' | 'repeated parameter'

/** A token may be 16 KiB long by default, and there are few other parameters. */
const limits = { bytes: 65_536, time: 5000 }

/**
 * Returns the form in a request: as the framework has parsed it, or read from the request.
 *
 * @param body the body as far as the framework has parsed it: an object, text, bytes, or an empty object for none
 */
export async function formOf(request: HttpRequest, body: unknown): Promise<Form | UnusableForm> {
  if (!isForm(request.headers['content-type'])) return 'not a form'
  if (typeof body === 'string' || Buffer.isBuffer(body)) return formIn(body)
  if (typeof body === 'object' && body !== null && Object.keys(body).length > 0)
    return parametersOf(Object.entries(body))
  const stream = unreadBodyOf(request)
  if (stream === undefined) return 'not a form'
  const content = await readBody(stream, limits)
  return typeof content === 'string' ? content : formIn(content)
}

function formIn(content: string | Buffer): Form | UnusableForm {
  return parametersOf([...new URLSearchParams(content.toString())])
}

/** RFC 6749 §3.2: a parameter must not be included more than once. Parsers turn several values into an array or an object. */
function parametersOf(entries: readonly (readonly [string, unknown])[]): Form | UnusableForm {
  const isRepeated = new Set(entries.map(([name]) => name)).size < entries.length
  if (isRepeated || entries.some(([, value]) => typeof value !== 'string')) return 'repeated parameter'
  return Object.freeze(Object.assign(Object.create(null) as object, Object.fromEntries(entries) as Form))
}
