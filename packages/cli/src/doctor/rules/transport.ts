import type { Finding } from '../../frame/finding.ts'
import { durationWords } from '../../frame/time-words.ts'
import type { Examination } from '../examination.ts'
import type { Exchange } from '../exchange.ts'
import { shownUrl } from '../shown-url.ts'

/** In milliseconds. A token of a new key waits for this request. */
const slow = 1000

/** What is wrong with the way to the documents. */
export function transportFindings({ metadata, jwks }: Examination): readonly Finding[] {
  const exchanges = [...metadata.map(({ exchange }) => exchange), ...jwks]
  const isFound = metadata.some(({ document }) => document !== undefined)
  return exchanges.flatMap((exchange) => [
    ...(exchange.failure === undefined ? [] : [noAnswer(exchange)]),
    ...(isRedirect(exchange) ? [redirect(exchange, !jwks.includes(exchange) && isFound)] : []),
    ...((exchange.duration ?? exchange.latency ?? 0) > slow ? [slowAnswer(exchange)] : []),
  ])
}

function noAnswer({ url, failure }: Exchange): Finding {
  return { level: 'wrong', code: 'no_answer', message: `${shownUrl(url)}: ${failure}.` }
}

function isRedirect({ status = 0 }: Exchange): boolean {
  return status >= 300 && status < 400 && status !== 304
}

/** RFC 9700 §4.11: an open redirect on the host could choose the keys. */
function redirect({ url, status, headers }: Exchange, isNeedless: boolean): Finding {
  const target = headers.get('location')
  const to = target !== null && URL.canParse(target, url) ? ` to ${shownUrl(new URL(target, url).href)}` : ''
  return {
    level: isNeedless ? 'odd' : 'wrong',
    code: 'redirect',
    message: `${shownUrl(url)} redirects${to} (${status}). verifyJwt does not follow redirects: configure the final URL.`,
  }
}

function slowAnswer({ url, duration, latency = 0 }: Exchange): Finding {
  const time = durationWords(duration ?? latency)
  return {
    level: 'odd',
    code: 'slow',
    message: `${shownUrl(url)} took ${time}. Requests with a token of a new key wait for it.`,
  }
}
