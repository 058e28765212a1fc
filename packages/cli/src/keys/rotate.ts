import type { Duration, RotationOptions } from '@bearerkit/core'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { type Finding, findingLine } from '../frame/finding.ts'
import { systemTime } from '../frame/runtime.ts'
import { aligned } from '../frame/table.ts'
import { keyCells, keyRow } from './key-row.ts'
import { prefixOption, storeDescription, storeFlag } from './store/store-options.ts'
import { withStoredKeys } from './store/stored-keys.ts'

export const rotate: CliCommand = defineCommand(
  {
    name: 'rotate',
    summary: 'Create a new version of a key.',
    details:
      'The older versions still verify. Publish the new version for as long as verifiers cache the JWKS before it signs: --activate-after.',
    examples: [
      ['bearerkit keys rotate orders --store ./keys --activate-after 1h', 'a version that signs in an hour'],
      ['bearerkit keys rotate orders --store ./keys', 'a version that signs at once, because the old one has leaked'],
    ],
    syntax: (command) =>
      command
        .argument('<kid>', 'The kid of the key.')
        .requiredOption(storeFlag, storeDescription)
        .addOption(prefixOption())
        .option(
          '--activate-after <duration>',
          'How long the version is published before it signs: 1h. Default: it signs at once.',
        )
        .option('--retain-for <duration>', 'How long retired versions still verify: 1d. Default: as before.'),
  },
  ({ options, runtime }, kid) =>
    withStoredKeys(options, runtime, async (keys) => {
      const key = keyRow(await keys.rotateKey(kid, rotationOptions(options)))
      const notes = options.activateAfter === undefined ? [signsAtOnce] : []
      return {
        exitCode: 0,
        json: { key, findings: notes },
        text: (paint) =>
          [...aligned([keyCells(key, systemTime(runtime))]), ...notes.map((note) => findingLine(note, paint))].join(
            '\n',
          ),
      }
    }),
)

const signsAtOnce: Finding = {
  level: 'note',
  code: 'signs_at_once',
  message:
    'The version signs at once. Verifiers that have cached the JWKS may refuse its tokens until they fetch it again.',
}

/** Core checks the durations. */
function rotationOptions(given: { readonly activateAfter?: string; readonly retainFor?: string }): RotationOptions {
  const { activateAfter, retainFor } = given
  return { activateAfter: activateAfter as Duration | undefined, retainFor: retainFor as Duration | undefined }
}
