import { systemTime } from '../frame/runtime.ts'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { contentsOf } from '../token/token-contents.ts'
import { givenToken } from '../token/given-token.ts'
import { inspection } from './inspection.ts'
import { inspectionText } from './inspection-text.ts'

export const inspect: CliCommand = defineCommand(
  {
    name: 'inspect',
    summary: 'Show what is in a token. Verifies nothing, sends nothing anywhere.',
    details:
      'Shows the header, the claims with their times in words, and what looks wrong. To find out why an API refuses the token, use explain.',
    examples: [
      ['bearerkit inspect', 'a token that you paste at the prompt'],
      ['bearerkit inspect --json < token.txt', 'a token in a file, as JSON'],
    ],
    syntax: (command) => command.argument('[token]', 'The token. Default: standard input, or a prompt.'),
  },
  async ({ runtime }, argument) => {
    const token = await givenToken(argument, runtime)
    const result = inspection(token, contentsOf(token), systemTime(runtime))
    return {
      exitCode: result.kind === 'opaque' ? 1 : 0,
      json: result,
      text: (paint) => inspectionText(result, paint),
    }
  },
)
