/** Aligns rows of text in columns. The last column is not padded. Cells are without colors. */
export function aligned(rows: readonly (readonly string[])[], indent = '  '): readonly string[] {
  const widths = rows.reduce<readonly number[]>((sofar, row) => {
    return row.map((cell, column) => Math.max(cell.length, sofar[column] ?? 0))
  }, [])
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}
