import type { Command, CommandUnknownOpts, OptionValues } from '@commander-js/extra-typings'
import type { Outcome } from './outcome.ts'
import type { Reporter } from './reporter.ts'
import type { Runtime } from './runtime.ts'

/** A command that can be added to the program. */
export interface CliCommand {
  readonly addTo: (parent: CommandUnknownOpts, reporter: Reporter) => void
}

/** An example for the help: a command line, and what it is for. */
export type Example = readonly [commandLine: string, purpose: string]

interface Described {
  readonly name: string
  /** One sentence, for the list of commands. */
  readonly summary: string
  /** More sentences, for the help of the command. */
  readonly details?: string
  readonly examples: readonly Example[]
}

interface CommandDefinition<Args extends unknown[], Options extends OptionValues> extends Described {
  /** Adds arguments and options. Every command also has `--json`. */
  readonly syntax: (command: Command) => Command<Args, Options>
}

/** Resolves to undefined if the command has written its output itself, as one that runs until it is interrupted. */
type Run<Args extends unknown[], Options extends OptionValues> = (
  invocation: Invocation<Options>,
  ...args: Args
) => Promise<Outcome | undefined>

/** One use of a command. */
export interface Invocation<Options> {
  readonly options: Options
  readonly runtime: Runtime
  readonly command: CommandUnknownOpts
}

export function defineCommand<Args extends unknown[], Options extends OptionValues>(
  definition: CommandDefinition<Args, Options>,
  run: Run<Args, Options>,
): CliCommand {
  return {
    addTo(parent, reporter) {
      const { runtime } = reporter
      const command = definition.syntax(described(parent, definition))
      command.option('--json', 'Print JSON instead of text.')
      // Commander calls it with the arguments, then the options, then the command.
      command.action(async (...given: unknown[]) => {
        const options = given.at(-2) as Options
        const outcome = await run({ options, runtime, command }, ...(given.slice(0, -2) as Args))
        if (outcome !== undefined) reporter.report(outcome)
      })
    },
  }
}

/** A command that only has subcommands. */
export function defineGroup(group: Described & { readonly commands: readonly CliCommand[] }): CliCommand {
  return {
    addTo(parent, reporter) {
      const command = described(parent, group)
      for (const member of group.commands) member.addTo(command, reporter)
    },
  }
}

function described(parent: CommandUnknownOpts, { name, summary, details, examples }: Described): Command {
  const command = parent.command(name).summary(summary).helpOption('-h, --help', 'Show help.')
  command.description(details === undefined ? summary : `${summary}\n\n${details}`)
  command.addHelpText('after', `\nExamples:\n${examples.map(exampleLines).join('\n')}`)
  return command
}

function exampleLines([commandLine, purpose]: Example): string {
  return `  # ${purpose}\n  $ ${commandLine}`
}
