const megabyte = 1024 * 1024

/** The resident memory of the process in MB, after a garbage collection. Needs `--expose-gc`. */
export async function residentMegabytes(): Promise<number> {
  await collectGarbage()
  return process.memoryUsage.rss() / megabyte
}

/** The live memory of the process in MB: the heap and the buffers outside it. Needs `--expose-gc`. */
export async function livingMegabytes(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / megabyte
}

/** Collects more than once, because the next pass frees what finalizers have released. */
async function collectGarbage(): Promise<void> {
  for (let pass = 0; pass < 4; pass += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
