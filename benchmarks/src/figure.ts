/** Somebody's result. */
export interface Measured {
  readonly who: string
  readonly value: number
}

/** What a ratio is to reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number }

/** One result beside the one that it is compared with; its ratio says more than either, for it travels better. */
export interface Figure {
  /** What was measured, as in `Express, repeated tokens`. */
  readonly name: string
  readonly unit: string
  readonly subject: Measured
  readonly relativeTo: Measured
  /** Absent for a figure that is for information. */
  readonly target?: Target
  /** Whether it makes a bar of the chart. */
  readonly charted?: boolean
}

/** A subject that did not answer as it must, and so has no figures. */
export interface NotMeasured {
  readonly name: string
  readonly who: string
  readonly why: string
}

/** What one part of the run found. */
export interface Outcome {
  readonly figures: readonly Figure[]
  readonly notMeasured: readonly NotMeasured[]
}

export function ratioOf({ subject, relativeTo }: Figure): number {
  return subject.value / relativeTo.value
}

/** Undefined for a figure without a target. */
export function isMet(figure: Figure): boolean | undefined {
  if (figure.target === undefined) return undefined
  const ratio = ratioOf(figure)
  return 'atLeast' in figure.target ? ratio >= figure.target.atLeast : ratio <= figure.target.atMost
}

/** A figure that is to stay below a limit: its ratio is the part of the limit that was used. */
export function withinLimit(name: string, unit: string, subject: Measured, limit: number, words = 'limit'): Figure {
  return { name, unit, subject, relativeTo: { who: words, value: limit }, target: { atMost: 1 } }
}
