import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings'

/** An option, and the words that may follow it. */
export interface OptionWords {
  readonly names: readonly string[]
  readonly summary: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

/** What can be typed after a command. */
export interface CommandWords {
  /** The names of the command and its parents, without the program's. Empty for the program itself. */
  readonly path: readonly string[]
  readonly summary: string
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly OptionWords[]
  /** The words that its arguments may be. */
  readonly choices: readonly string[]
}

/** Returns the words of a command and all commands below it. */
export function wordsOf(command: CommandUnknownOpts, path: readonly string[] = []): readonly CommandWords[] {
  const help = command.createHelp()
  const subcommands = help.visibleCommands(command).filter((one) => one.name() !== 'help')
  const own = {
    path,
    summary: command.summary(),
    subcommands: subcommands.map((one) => ({ name: one.name(), summary: one.summary() })),
    options: help.visibleOptions(command).map(optionWords),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  }
  return [own, ...subcommands.flatMap((one) => wordsOf(one, [...path, one.name()]))]
}

function optionWords(option: Option): OptionWords {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    summary: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  }
}
