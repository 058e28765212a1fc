import type { Finding } from '../../frame/finding.ts'
import { durationWords } from '../../frame/time-words.ts'
import type { Examination } from '../examination.ts'
import type { Exchange } from '../exchange.ts'

/** The default of the option `clockTolerance` of `verifyJwt`, in milliseconds. */
const clockTolerance = 5000

/** By how much the clock of the issuer is ahead of the one here, in milliseconds. */
export interface ClockDifference {
  readonly ahead: number
  /** `Date` has whole seconds, and the answer was on its way. */
  readonly uncertainty: number
}

/** Reads `Date` (RFC 9110 §6.6.1), and `Age` if a cache answered. Undefined if no answer has a date. */
export function clockDifference({ metadata, jwks }: Examination): ClockDifference | undefined {
  const differences = [...jwks, ...metadata.map(({ exchange }) => exchange)].flatMap(differenceIn)
  return differences.toSorted((one, other) => one.uncertainty - other.uncertainty)[0]
}

function differenceIn({ headers, sentAt, latency }: Exchange): readonly ClockDifference[] {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date) || latency === undefined) return []
  const age = Number(headers.get('age') ?? 0) * 1000
  // On average, half a second is cut off the date, and half of the latency has passed when it is written.
  const ahead = date + (Number.isFinite(age) ? age : 0) + 500 - (sentAt + latency / 2)
  return [{ ahead, uncertainty: 500 + latency / 2 }]
}

export function clockFindings(examination: Examination): readonly Finding[] {
  const difference = clockDifference(examination)
  if (difference === undefined) return []
  const { ahead, uncertainty } = difference
  if (Math.abs(ahead) - uncertainty <= clockTolerance) return []
  const consequence =
    ahead > 0
      ? 'New tokens are refused as issued in the future'
      : 'Tokens are accepted for too long, or expire early by the clock of the issuer'
  const message = `${clockWords(difference)} ${consequence}: synchronize both clocks (NTP).`
  return [{ level: 'wrong', code: 'clock_differs', message }]
}

export function clockWords({ ahead, uncertainty }: ClockDifference): string {
  if (Math.abs(ahead) <= uncertainty) return 'The clocks agree.'
  return `The clock of the issuer is ${durationWords(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the one here.`
}
