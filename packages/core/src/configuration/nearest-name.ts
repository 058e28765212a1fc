/**
 * Returns the known name that is closest to an unknown one, ignoring case. Returns undefined if more than a third of
 * the characters differ.
 */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const longest = Math.max(1, Math.floor(unknown.length / 3))
  const [nearest] = known
    // The distance is at least the difference in length, so very long names are skipped cheaply.
    .filter((name) => Math.abs(name.length - unknown.length) <= longest)
    .map((name) => ({ name, distance: editDistance(unknown.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= longest)
    .toSorted((a, b) => a.distance - b.distance)
  return nearest?.name
}

/** Optimal string alignment: the number of insertions, deletions, replacements and transpositions from a to b. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1]
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
