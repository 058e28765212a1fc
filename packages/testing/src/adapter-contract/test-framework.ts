/** What the suite needs of the test framework: the globals that Jest, Vitest and Jasmine share. */
export interface TestFramework {
  readonly describe: (name: string, define: () => void) => void
  readonly it: (name: string, run: () => Promise<void>) => void
  readonly afterEach: (run: () => Promise<void>) => void
  readonly afterAll: (run: () => Promise<void>) => void
}

export const testFramework: TestFramework = globalThis as unknown as TestFramework
