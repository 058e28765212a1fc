import type { CommandWords, OptionWords } from './words.ts'

/** Returns a script for fish. A condition on each line says after which command its words are offered. */
export function fishScript(commands: readonly CommandWords[]): string {
  return [
    '# fish completion for bearerkit',
    'function __bearerkit_at',
    '    set -l words (commandline -opc)',
    '    set -l path',
    '    for word in $words[2..]',
    `        if contains -- "$path $word" ${commands.filter(hasPath).map(keyOf).join(' ')}`,
    '            set path "$path $word"',
    '        end',
    '    end',
    '    test "$path" = "$argv[1]"',
    'end',
    ...commands.flatMap(linesFor),
  ].join('\n')
}

function hasPath({ path }: CommandWords): boolean {
  return path.length > 0
}

function linesFor(command: CommandWords): readonly string[] {
  const start = `complete -c bearerkit -n ${quoted(`__bearerkit_at ${keyOf(command)}`)}`
  return [
    ...command.subcommands.map(({ name, summary }) => `${start} -f -a ${name} -d ${quoted(summary)}`),
    ...command.choices.map((choice) => `${start} -f -a ${choice}`),
    ...command.options.map((option) => `${start} ${optionFlags(option)} -d ${quoted(option.summary)}`),
  ]
}

function optionFlags({ names, takesValue, choices }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  if (!takesValue) return flags.join(' ')
  return [...flags, '-r', ...(choices.length > 0 ? ['-f', '-a', quoted(choices.join(' '))] : [])].join(' ')
}

function keyOf({ path }: CommandWords): string {
  return `"${path.map((name) => ` ${name}`).join('')}"`
}

/** In single quotes, fish takes only the quote and the backslash for more than themselves. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}
