/** The result of one subject. */
export interface Measured {
  readonly who: string
  readonly value: number
}

/** The target of a ratio. */
export type Target = { readonly atLeast: number } | { readonly atMost: number }

/** A result and its baseline. The ratio says more than either, because it is comparable between machines. */
export interface Figure {
  /** What was measured, such as `Express, repeated tokens`. */
  readonly name: string
  readonly unit: string
  readonly subject: Measured
  readonly relativeTo: Measured
  /** Absent if the figure is only for information. */
  readonly target?: Target
  /** True if the figure is a bar of the chart. */
  readonly charted?: boolean
}

/** A subject that gave a wrong answer and therefore has no figures. */
export interface NotMeasured {
  readonly name: string
  readonly who: string
  readonly why: string
}

/** The results of one part of the run. */
export interface Outcome {
  readonly figures: readonly Figure[]
  readonly notMeasured: readonly NotMeasured[]
}

export function ratioOf({ subject, relativeTo }: Figure): number {
  return subject.value / relativeTo.value
}

/** Tells whether a figure meets its target. Undefined if it has none. */
export function isMet(figure: Figure): boolean | undefined {
  if (figure.target === undefined) return undefined
  const ratio = ratioOf(figure)
  return 'atLeast' in figure.target ? ratio >= figure.target.atLeast : ratio <= figure.target.atMost
}

/** Returns a figure with a limit as its target. The ratio is the used part of the limit. */
export function withinLimit(name: string, unit: string, subject: Measured, limit: number, words = 'limit'): Figure {
  return { name, unit, subject, relativeTo: { who: words, value: limit }, target: { atMost: 1 } }
}
