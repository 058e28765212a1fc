import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Formats text for a terminal. Without colors it returns the text unchanged. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly odd: (text: string) => string
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
}

/** The default would look at the standard output of the process, whatever the text is for. */
const always = { validateStream: false }

/** @param hasColors false for pipes and files, and if `NO_COLOR` is set */
export function paintWith(hasColors: boolean): Paint {
  const format = (name: Format) => (text: string) => (hasColors && text !== '' ? styleText(name, text, always) : text)
  return {
    good: format('green'),
    bad: format('red'),
    odd: format('yellow'),
    strong: format('bold'),
    faint: format('dim'),
  }
}
