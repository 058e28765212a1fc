import { type Figure, ratioOf } from '../figure.ts'
import { inWords } from '../machine.ts'
import type { Report } from './report.ts'

const width = 860
const labelWidth = 250
const barSpace = width - labelWidth - 80
const rowHeight = 20
const barHeight = 14
const groupGap = 42
const colours = { ours: '#2463eb', others: '#9aa5b1', text: '#1f2933', faint: '#616e7c', ground: '#ffffff' }

/** A bar chart with one group per figure. All bars of a group are relative to the same baseline. */
export function asChart(report: Report): string {
  const groups = groupsOf(report)
  const elements: string[] = []
  let y = 64
  for (const [title, figures] of groups) {
    elements.push(...groupAt(y, title, figures))
    y += figures.length * rowHeight + groupGap
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>BearerKit and its peers, side by side</title>`,
    `<rect width="${width}" height="${y}" fill="${colours.ground}"/>`,
    text(16, 26, 'Throughput, side by side: longer is faster', { size: 16, weight: 600 }),
    text(16, 44, `${inWords(report.machine)}${report.quick ? ', quick run' : ''}`, { fill: colours.faint }),
    ...elements,
    '</svg>',
    '',
  ].join('\n')
}

function groupsOf({ parts }: Report): Map<string, Figure[]> {
  const groups = new Map<string, Figure[]>()
  for (const figure of parts.flatMap(({ figures }) => figures)) {
    if (figure.charted === true) groups.set(figure.name, [...(groups.get(figure.name) ?? []), figure])
  }
  return groups
}

function groupAt(y: number, title: string, figures: readonly Figure[]): string[] {
  const whole = figures[0]?.relativeTo.who ?? ''
  // The bar of the baseline has length 1, unless another bar is longer.
  const longest = Math.max(1, ...figures.map((figure) => ratioOf(figure)))
  const heading = `${title}: 1.00 is ${whole}`
  return [
    text(16, y + 16, heading, { weight: 600 }),
    ...figures.flatMap((figure, index) => barAt(y + 26 + index * rowHeight, figure, longest, index === 0)),
  ]
}

function barAt(y: number, figure: Figure, longest: number, isOurs: boolean): string[] {
  const length = Math.max(1, (ratioOf(figure) / longest) * barSpace)
  const fill = isOurs ? colours.ours : colours.others
  const middle = y + barHeight - 3
  return [
    text(labelWidth - 8, middle, figure.subject.who, { anchor: 'end' }),
    `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" fill="${fill}"/>`,
    text(labelWidth + length + 6, middle, ratioOf(figure).toFixed(2)),
  ]
}

interface TextStyle {
  readonly size?: number
  readonly weight?: number
  readonly fill?: string
  readonly anchor?: 'start' | 'end'
}

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, weight = 400, fill = colours.text, anchor = 'start' } = style
  const attributes = `font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}"`
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
