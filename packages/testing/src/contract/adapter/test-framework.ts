/** The globals of the test framework that the suite uses. Jest, Vitest and Jasmine share them. */
export interface TestFramework {
  readonly describe: (name: string, define: () => void) => void
  readonly it: (name: string, run: () => Promise<void>) => void
  readonly afterEach: (run: () => Promise<void>) => void
  readonly afterAll: (run: () => Promise<void>) => void
}

export const testFramework: TestFramework = globalThis as unknown as TestFramework
