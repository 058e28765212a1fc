import { isMet, ratioOf } from '../figure.ts'
import type { Report } from './report.ts'

/** Renders the report as JSON, with the ratios. */
export function asJson({ machine, quick, parts }: Report): string {
  const figures = parts.flatMap(({ suite, figures: found }) =>
    found.map((figure) => ({ suite, ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
  )
  const notMeasured = parts.flatMap(({ suite, notMeasured: left }) => left.map((one) => ({ suite, ...one })))
  return `${JSON.stringify({ machine, quick, figures, notMeasured }, undefined, 2)}\n`
}
