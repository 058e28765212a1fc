import type { ExplainedCase } from '../explained-case.ts'
import type { Step } from '../step.ts'
import { duration, moment, shown, time } from '../wording.ts'

const timeClaims = ['exp', 'nbf', 'iat']

/** The time claims. Every text has the time of this machine's clock, because either side's clock may be wrong. */
export const timeSteps: readonly Step[] = [
  {
    name: 'time claims',
    rule: 'RFC 7519 §2 (NumericDate)',
    faults: timeClaims.map((claim) => `claim_invalid:${claim}`),
    expected: () => '`exp`, `nbf` and `iat` are finite numbers, if they are there',
    found: ({ claims }, failure) =>
      failure?.claim === undefined ? 'they are' : `\`${failure.claim}\` ${shown(claims[failure.claim])}`,
    advice: (_, { claim }) => `Have the issuer write \`${claim}\` as a number of seconds since 1970.`,
  },
  {
    name: 'expiry',
    rule: 'RFC 7519 §4.1.4',
    faults: ['token_expired'],
    expected: (given) => `\`exp\` after ${clockOf(given)}`,
    found: ({ claims, now }) => `\`exp\` ${moment(claims['exp'], now)}`,
    advice: adviseOnExpiry,
  },
  {
    name: 'not before',
    rule: 'RFC 7519 §4.1.5',
    faults: ['token_not_yet_valid'],
    applies: ({ claims }) => claims['nbf'] !== undefined,
    expected: (given) => `\`nbf\` not after ${clockOf(given)}`,
    found: ({ claims, now }) => `\`nbf\` ${moment(claims['nbf'], now)}`,
    advice: (given) => adviseOnFuture(given, nbf),
  },
  {
    name: 'issued at',
    rule: 'RFC 7519 §4.1.6',
    faults: ['token_issued_in_future'],
    applies: ({ claims }) => claims['iat'] !== undefined,
    expected: (given) => `\`iat\` not after ${clockOf(given)}`,
    found: ({ claims, now }) => `\`iat\` ${moment(claims['iat'], now)}`,
    advice: (given) => adviseOnFuture(given, iat),
  },
  {
    name: 'age',
    rule: 'option `maxTokenAge`',
    faults: ['token_too_old', 'claim_missing:iat'],
    applies: ({ rules }) => rules?.maxTokenAge !== undefined,
    expected: ({ rules }) => `\`iat\` at most ${duration(rules?.maxTokenAge ?? 0)} ago`,
    found: ({ claims, now }) => `\`iat\` ${moment(claims['iat'], now)}`,
    advice: ({ claims }) =>
      claims['iat'] === undefined
        ? 'Have the issuer set `iat`, or leave `maxTokenAge` out.'
        : 'Have the client get a new token, or raise `maxTokenAge`.',
  },
]

function clockOf({ now, rules }: ExplainedCase): string {
  const { clockTolerance = 0 } = rules ?? {}
  return `${time(now)} by the clock of this machine${clockTolerance === 0 ? '' : `, give or take ${duration(clockTolerance)}`}`
}

/** A NumericDate above this one is in milliseconds: it would be in the year 5138. */
const milliseconds = 1e11

/** In seconds. Smaller differences are measured too inexactly. */
const noticeable = 3

/** What is known about the two clocks. */
function compareClocks({ clockAhead, now }: ExplainedCase): string {
  if (clockAhead === undefined) return `If the token is new, compare the clocks: this machine says ${time(now)}.`
  if (Math.abs(clockAhead) < noticeable) return 'The clock of this machine agrees with that of the issuer.'
  const [side, difference] = [clockAhead > 0 ? 'ahead of' : 'behind', duration(clockAhead)]
  return `The clock of this machine (${time(now)}) is ${difference} ${side} that of the issuer: synchronize both.`
}

function adviseOnExpiry(given: ExplainedCase): string {
  const { claims, now, clockAhead = 0 } = given
  const { exp, iat } = claims
  const clock = compareClocks(given)
  if (typeof exp !== 'number') return clock
  if (typeof iat === 'number' && exp <= iat)
    return `The issuer let it end before it began: \`iat\` is ${time(iat)}. ${clock}`
  const lived = typeof iat === 'number' && iat < milliseconds ? `It was valid for ${duration(exp - iat)} and ` : 'It '
  if (clockAhead >= noticeable && exp > now - clockAhead)
    return `By the clock of the issuer, the token has not expired. ${clock}`
  return `${lived}ended ${duration(now - exp)} ago. Have the client get a new token before that. ${clock}`
}

/** A time claim that is in the future. */
interface FutureClaim {
  readonly claim: 'nbf' | 'iat'
  readonly sentence: string
  /** What to do if the clocks agree. */
  readonly otherwise: string
}

const nbf: FutureClaim = {
  claim: 'nbf',
  sentence: 'The token becomes valid later.',
  otherwise: 'Wait until then, or have the issuer set an earlier `nbf`.',
}

const iat: FutureClaim = {
  claim: 'iat',
  sentence: 'A token cannot have been issued in the future.',
  otherwise: 'The clock that wrote `iat` is another one: synchronize it.',
}

function adviseOnFuture(given: ExplainedCase, { claim, sentence, otherwise }: FutureClaim): string {
  const { claims, now, clockAhead } = given
  const value = claims[claim] as number
  if (value > milliseconds) return `\`${claim}\` looks like milliseconds. Have the issuer write seconds.`
  if (clockAhead === undefined)
    return `${sentence} The clock of this machine (${time(now)}) is behind that of the issuer by ${duration(value - now)} or more: synchronize both. For a few seconds, raise \`clockTolerance\`.`
  const clock = compareClocks(given)
  return clockAhead <= -noticeable ? `${sentence} ${clock}` : `${sentence} ${clock} ${otherwise}`
}
