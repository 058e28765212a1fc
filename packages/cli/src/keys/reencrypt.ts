import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { encryptionWords } from './list.ts'
import { prefixOption, storeDescription, storeFlag } from './store/store-options.ts'
import { withStoredKeys } from './store/stored-keys.ts'

export const reencrypt: CliCommand = defineCommand(
  {
    name: 'reencrypt',
    summary: 'Encrypt all records with the first encryption key.',
    details: 'Every running instance must have that key already: see docs/fleet.md, "Encryption keys".',
    examples: [
      [
        'BEARERKIT_ENCRYPTION_KEYS=next,current bearerkit keys reencrypt --store ./keys',
        'the last but one step of replacing a key',
      ],
    ],
    syntax: (command) => command.requiredOption(storeFlag, storeDescription).addOption(prefixOption()),
  },
  ({ options, runtime }) =>
    withStoredKeys(options, runtime, async (keys) => {
      const records = await keys.reencrypt()
      const { encryptedWith } = keys.health()
      return {
        exitCode: 0,
        json: { records, encryptedWith },
        text: () =>
          `${records} ${records === 1 ? 'record' : 'records'} encrypted again\nencrypted with: ${encryptionWords(encryptedWith)}`,
      }
    }),
)
