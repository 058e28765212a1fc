/** Numbers are aligned to the right. */
export type Cell = string | number

/** Renders a table in Markdown, as prettier formats it. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(shown))
  const isRight = titles.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  const widths = titles.map((title, column) =>
    Math.max(3, title.length, ...texts.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) =>
      isRight[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) => (isRight[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [line(titles), line(rule), ...texts.map(line)].join('\n')
}

function shown(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.toLocaleString('en', { maximumFractionDigits: 1 })
}
