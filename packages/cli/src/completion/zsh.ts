import type { CommandWords, OptionWords } from './words.ts'

/** Returns a script for zsh. It can be sourced after compinit, or saved as `_bearerkit` in a folder of `fpath`. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef bearerkit
${commands.map(functionFor).join('\n')}
if [ "$funcstack[1]" = "_bearerkit" ]; then
  _bearerkit "$@"
else
  compdef _bearerkit bearerkit
fi`
}

function functionFor(command: CommandWords): string {
  const { path, subcommands, options, choices } = command
  const specifications = options.flatMap(optionSpecifications)
  const body = subcommands.length > 0 ? withSubcommands(command, specifications) : plain(specifications, choices)
  return `${nameOf(path)}() {\n${body}\n}`
}

function plain(specifications: readonly string[], choices: readonly string[]): string {
  const argument = choices.length > 0 ? `'1:value:(${choices.join(' ')})'` : `'*:file:_files'`
  return `  _arguments -s ${[...specifications, argument].join(' \\\n    ')}`
}

function withSubcommands({ path, subcommands }: CommandWords, specifications: readonly string[]): string {
  const offers = subcommands.map(({ name, summary }) => quoted(`${name}:${summary.replaceAll(':', '\\:')}`))
  const cases = subcommands.map(({ name }) => `        ${name}) ${nameOf([...path, name])} ;;`)
  return `  local state line
  _arguments -C ${[...specifications, `'1: :->command'`, `'*:: :->rest'`].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(
        ${offers.join('\n        ')}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac`
}

function optionSpecifications({ names, summary, takesValue, choices }: OptionWords): readonly string[] {
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files'
  const text = `[${summary.replaceAll(/[[\]\\:]/g, String.raw`\$&`)}]${takesValue ? value : ''}`
  return names.map((name) => quoted(`${name}${text}`))
}

function nameOf(path: readonly string[]): string {
  return ['_bearerkit', ...path].join('_')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
