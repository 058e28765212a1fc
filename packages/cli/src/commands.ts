import { completion } from './completion/command.ts'
import { doctor } from './doctor/command.ts'
import { explain } from './explain/command.ts'
import type { CliCommand } from './frame/define-command.ts'
import { inspect } from './inspect/command.ts'
import { keygen } from './keygen/command.ts'
import { keys } from './keys/command.ts'
import { mint } from './mint/command.ts'
import { serve } from './serve/command.ts'

/** All commands, in the order of the help. A command is a module `<name>/command.ts` and an entry here. */
export const commands: readonly CliCommand[] = [inspect, explain, doctor, keygen, keys, mint, serve, completion]
