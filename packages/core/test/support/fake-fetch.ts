import type { Fetch } from '../../src/keys/remote/fetching/bounded-fetch.ts'

type Answer = object | number | ((init: RequestInit) => Response | Promise<Response>)

/** Responds by URL: an object is sent as JSON, a number as an empty response with that status. Default: 404. */
export class FakeFetch {
  readonly requests: { url: string; init: RequestInit }[] = []
  readonly answers: Map<string, Answer>

  constructor(answers: Readonly<Record<string, Answer>>) {
    this.answers = new Map(Object.entries(answers))
  }

  get urls(): string[] {
    return this.requests.map(({ url }) => url)
  }

  readonly fetch: Fetch = async (url, init) => {
    this.requests.push({ url, init })
    const answer = this.answers.get(url) ?? 404
    if (typeof answer === 'function') return (answer as (init: RequestInit) => Response)(init)
    return typeof answer === 'number' ? new Response(null, { status: answer }) : Response.json(answer)
  }
}

/** Fails like fetch when the connection is refused. */
export function refuseConnection(): never {
  throw new TypeError('fetch failed')
}

/** Waits until all pending microtasks and immediates have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
