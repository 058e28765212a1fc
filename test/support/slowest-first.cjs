const { default: Sequencer } = require('@jest/test-sequencer')

/** Files that take long, although some of them are small: on a new machine, Jest would begin with the largest files. */
const slow = [
  'packages/core/test/keys/stored/simulation/',
  'test/packages.test.ts',
  'test/soak.test.ts',
  'examples/test/',
  'packages/redis/test/',
  '/contract.test.ts',
  'test/fourth-framework.test.ts',
  'packages/core/test/stores/file/',
  'packages/core/test/keys/local/',
  'packages/core/test/keys/local-key-provider.test.ts',
  'test/migration.test.ts',
]

/** The position of a file among the slow ones; the others come after them. */
function positionOf({ path }) {
  const position = slow.findIndex((part) => path.replaceAll('\\', '/').includes(part))
  return position === -1 ? slow.length : position
}

/** Begins with the files that take longest, so that no processor is idle at the end. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    // oxlint-disable-next-line unicorn/no-array-sort -- A sequencer is not an array.
    return super.sort(tests).toSorted((a, b) => positionOf(a) - positionOf(b))
  }
}
