import { median } from './statistics.ts'

/** One of those that are compared. */
export interface Contestant<Sample> {
  readonly name: string
  readonly sample: () => Promise<Sample>
}

/**
 * Takes a sample of everyone, then again of everyone: what the machine does meanwhile befalls all alike. Every other
 * round goes backwards, so that nobody always comes after the same one.
 */
export async function interleaved<Sample>(
  contestants: readonly Contestant<Sample>[],
  rounds: number,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, sample } of round % 2 === 0 ? contestants : contestants.toReversed()) {
      samples.get(name)?.push(await sample())
    }
  }
  return samples
}

/** The median of each one's samples. */
export async function medians(
  contestants: readonly Contestant<number>[],
  rounds: number,
): Promise<(name: string) => { who: string; value: number }> {
  const samples = await interleaved(contestants, rounds)
  return (name) => ({ who: name, value: median(samples.get(name) ?? []) })
}
