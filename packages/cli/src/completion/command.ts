import { Argument } from '@commander-js/extra-typings'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { wordsOf, type CommandWords } from './words.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Readonly<
  Record<string, (words: readonly CommandWords[]) => string>
>

const shells = ['bash', 'zsh', 'fish'] as const

export const completion: CliCommand = defineCommand(
  {
    name: 'completion',
    summary: 'Print a completion script for your shell.',
    examples: [
      ['source <(bearerkit completion bash)', 'in ~/.bashrc'],
      ['source <(bearerkit completion zsh)', 'in ~/.zshrc, after compinit'],
      ['bearerkit completion fish > ~/.config/fish/completions/bearerkit.fish', 'once, for fish'],
    ],
    syntax: (command) => command.addArgument(new Argument('<shell>', 'The shell.').choices(shells)),
  },
  async ({ command }, shell) => {
    const script = scripts[shell](wordsOf(command.parent ?? command))
    return { exitCode: 0, json: { shell, script }, text: () => script }
  },
)
