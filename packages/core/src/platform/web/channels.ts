interface Channel {
  readonly hasSubscribers: false
  publish(): void
}

/** A channel to which nobody can subscribe. */
const silent: Channel = { hasSubscribers: false, publish: () => undefined }

export function channel(): Channel {
  return silent
}

type Part = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

export function tracingChannel(): Readonly<Record<Part, Channel>> {
  return { start: silent, end: silent, asyncStart: silent, asyncEnd: silent, error: silent }
}
