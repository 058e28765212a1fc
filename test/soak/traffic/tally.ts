import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { FrameworkName } from '../deployment.ts'
import { type Expected, expectationOf, type Flight, passed } from './change.ts'
import type { Answer } from './client.ts'
import type { SoakRequest } from './requests.ts'

/** The answers to the requests of one kind. */
export interface Count {
  readonly kind: string
  readonly expected: Expected
  /** By status. */
  readonly answers: Readonly<Record<string, number>>
  readonly wrong: number
}

/** An answer that breaks a rule. It contains no token. */
export interface WrongAnswer {
  /** When it came the first time, in milliseconds since the begin. */
  readonly at: number
  readonly server: FrameworkName
  readonly kind: string
  readonly answer: string
  readonly right: readonly string[]
  /** How often it came. */
  times: number
}

export interface Latency {
  readonly server: FrameworkName
  readonly requests: number
  /** In milliseconds. */
  readonly median: number
  readonly p99: number
}

/** Of different ones. */
const mostWrongAnswers = 100

/** A request and how it ended: with an answer, or an error of the connection. */
export interface Exchange extends Flight {
  readonly server: FrameworkName
  readonly request: SoakRequest
  readonly ended: Answer | Error
}

/** Compares each answer with the rules, and counts. */
export class Tally {
  readonly #begunAt: number
  readonly #counts = new Map<
    string,
    { kind: string; expected: Expected; answers: Record<string, number>; wrong: number }
  >()
  readonly #latencies = new Map<FrameworkName, RecordableHistogram>()
  readonly #wrongAnswers = new Map<string, WrongAnswer>()

  constructor(begunAt: number) {
    this.#begunAt = begunAt
  }

  get counts(): readonly Count[] {
    return [...this.#counts.values()]
  }

  get wrongAnswers(): readonly WrongAnswer[] {
    return [...this.#wrongAnswers.values()]
  }

  get latencies(): readonly Latency[] {
    return [...this.#latencies].map(([server, latencies]) => ({
      server,
      requests: latencies.count,
      median: latencies.percentile(50) / 1000,
      p99: latencies.percentile(99) / 1000,
    }))
  }

  note({ server, request, ended, ...flight }: Exchange): void {
    const { expected, certain, right } = expectationOf(request.obstaclesAt(server), flight)
    const answer = named(ended, request)
    const count = this.#countOf(certain?.title ?? request.kind, expected)
    const status = answer.split(' ', 1)[0] ?? ''
    count.answers[status] = (count.answers[status] ?? 0) + 1
    if (!right.includes(answer)) {
      count.wrong += 1
      this.#noteWrong({ at: flight.sentAt - this.#begunAt, server, kind: request.kind, answer, right, times: 1 })
    }
    this.#latencyOf(server).record(Math.max(1, Math.round((flight.answeredAt - flight.sentAt) * 1000)))
  }

  #noteWrong(wrong: WrongAnswer): void {
    const { server, kind, answer, right } = wrong
    const name = [server, kind, answer, ...right].join()
    const known = this.#wrongAnswers.get(name)
    if (known !== undefined) known.times += 1
    else if (this.#wrongAnswers.size < mostWrongAnswers) this.#wrongAnswers.set(name, wrong)
  }

  #countOf(kind: string, expected: Expected) {
    const name = `${kind}, ${expected}`
    const count = this.#counts.get(name) ?? { kind, expected, answers: {}, wrong: 0 }
    this.#counts.set(name, count)
    return count
  }

  #latencyOf(server: FrameworkName): RecordableHistogram {
    const latencies = this.#latencies.get(server) ?? createHistogram()
    this.#latencies.set(server, latencies)
    return latencies
  }
}

/** Names an answer as the rules do, or says what else is wrong with it. */
function named(ended: Answer | Error, { token }: SoakRequest): string {
  if (ended instanceof Error) return `none: ${ended.message}`
  const { status, shown, challenge, retryAfter } = ended
  const name = status === 200 ? passed : `${status} ${shown.reason}`
  // The token of another request must not have passed in its place.
  if (status === 200 && token !== undefined && (shown.jti !== token.jti || shown.scheme !== token.scheme))
    return `${name} for another token`
  // RFC 9110 §11.6.1; an outage is not the token's fault.
  if ((status === 401 || status === 403) !== (challenge !== undefined)) return `${name} with the challenge ${challenge}`
  if ((status === 503) !== (retryAfter !== undefined)) return `${name} with Retry-After: ${retryAfter}`
  return name
}
