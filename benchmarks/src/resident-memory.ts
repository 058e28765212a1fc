const megabyte = 1024 * 1024

/** What the process holds of the machine's memory, in MB, after garbage is collected. Needs `--expose-gc`. */
export async function residentMegabytes(): Promise<number> {
  await collectGarbage()
  return process.memoryUsage.rss() / megabyte
}

/** What is alive in the process, in MB: the heap and the buffers outside of it. Needs `--expose-gc`. */
export async function livingMegabytes(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / megabyte
}

/** More than once: what finalizers let go of is found by the next pass. */
async function collectGarbage(): Promise<void> {
  for (let pass = 0; pass < 4; pass += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
