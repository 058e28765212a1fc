import { defineGroup, type CliCommand } from '../frame/define-command.ts'
import { destroy } from './destroy.ts'
import { list } from './list.ts'
import { reencrypt } from './reencrypt.ts'
import { rotate } from './rotate.ts'

export const keys: CliCommand = defineGroup({
  name: 'keys',
  summary: 'Manage the keys that the instances of a service share.',
  examples: [
    ['bearerkit keys list --store ./keys', 'the keys in a folder'],
    ['bearerkit keys rotate orders --store $REDIS_URL --prefix orders:', 'a new version of a key in Redis'],
  ],
  commands: [list, rotate, destroy, reencrypt],
})
