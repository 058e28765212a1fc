/**
 * Collects the values of an option that may be repeated, or have several values with commas between them, as in
 * `BEARERKIT_AUDIENCE`. An option that took all words that follow would take the token too.
 */
export function list(value: string, former: string[] = []): string[] {
  const values = value.split(',').map((one) => one.trim())
  return [...former, ...values]
}
