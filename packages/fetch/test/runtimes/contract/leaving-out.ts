import type { TestFramework } from '../../../../testing/src/contract/adapter/test-framework.ts'
import type { Inapplicable } from './inapplicable.ts'

/** Returns a framework that leaves these tests out, and one test that there are no others in the table. */
export function leavingOut(inapplicable: Inapplicable, framework: TestFramework): TestFramework {
  const { describe, it } = framework
  const found = new Set<string>()
  let depth = 0
  const applies = (title: string): boolean => {
    if (!Object.hasOwn(inapplicable, title)) return true
    found.add(title)
    return false
  }
  return {
    ...framework,
    describe(title, define) {
      if (!applies(title)) return
      depth += 1
      describe(title, () => {
        define()
        depth -= 1
        if (depth === 0) it('leaves out only tests that exist', async () => check(found, inapplicable))
      })
    },
    it(title, run) {
      if (applies(title)) it(title, run)
    },
  }
}

function check(found: ReadonlySet<string>, inapplicable: Inapplicable): void {
  const unknown = Object.keys(inapplicable).filter((title) => !found.has(title))
  if (unknown.length > 0) throw new Error(`not in the contract: ${unknown.join(', ')}`)
}
