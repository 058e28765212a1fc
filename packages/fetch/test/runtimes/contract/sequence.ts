import type { TestFramework } from '../../../../testing/src/contract/adapter/test-framework.ts'

interface Test {
  readonly title: string
  readonly run: () => Promise<void>
}

export interface Results {
  readonly passed: number
  /** The title of each test that failed, and its error. */
  readonly failed: readonly string[]
}

/** A test framework for runtimes that have none with the same globals as Jest. Runs the tests one after another. */
export class Sequence implements TestFramework {
  readonly #tests: Test[] = []
  readonly #groups: string[] = []
  readonly #afterEach: Test['run'][] = []
  readonly #afterAll: Test['run'][] = []

  readonly describe = (title: string, define: () => void): void => {
    this.#groups.push(title)
    define()
    this.#groups.pop()
  }

  readonly it = (title: string, run: Test['run']): void => {
    this.#tests.push({ title: [...this.#groups, title].join(' › '), run })
  }

  readonly afterEach = (run: Test['run']): void => void this.#afterEach.push(run)

  readonly afterAll = (run: Test['run']): void => void this.#afterAll.push(run)

  async run(): Promise<Results> {
    const failed: string[] = []
    for (const { title, run } of this.#tests) {
      await run().catch((error: Error) => failed.push(`${title}: ${error.message}`))
      for (const end of this.#afterEach) await end()
    }
    for (const end of this.#afterAll) await end()
    return { passed: this.#tests.length - failed.length, failed }
  }
}
