import { median } from './statistics.ts'

/** One of the compared subjects. */
export interface Contestant<Sample> {
  readonly name: string
  readonly sample: () => Promise<Sample>
}

/**
 * Takes one sample of each contestant per round, so that changes of the machine affect all alike. Every second round
 * runs in reverse order, so that no contestant always follows the same one.
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

/** Returns the median of the samples of each contestant. */
export async function medians(
  contestants: readonly Contestant<number>[],
  rounds: number,
): Promise<(name: string) => { who: string; value: number }> {
  const samples = await interleaved(contestants, rounds)
  return (name) => ({ who: name, value: median(samples.get(name) ?? []) })
}
