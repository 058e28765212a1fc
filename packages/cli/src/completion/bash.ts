import type { CommandWords, OptionWords } from './words.ts'

/**
 * Returns a script for bash 3.2 and later. It finds the command that is being typed among the words before the cursor, and
 * offers its words. Where any value may follow, bash completes the names of files.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `# bash completion for bearerkit
_bearerkit() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${paths(commands)}
    esac
  done
  COMPREPLY=()
  case "$path $previous" in
${values(commands)}
  esac
  case "$path" in
${offers(commands)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _bearerkit bearerkit`
}

function paths(commands: readonly CommandWords[]): string {
  return commands
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `      '${pathKey(path)}') path='${pathKey(path)}' ;;`)
    .join('\n')
}

/** What may follow an option. */
function values(commands: readonly CommandWords[]): string {
  return commands.flatMap(({ path, options }) => options.filter(takesValue).map((one) => valueOf(path, one))).join('\n')
}

function valueOf(path: readonly string[], { names, choices }: OptionWords): string {
  const pattern = names.map((name) => `'${pathKey(path)} ${name}'`).join(' | ')
  const offer = choices.length > 0 ? `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word")); ` : ''
  return `    ${pattern}) ${offer}return ;;`
}

function offers(commands: readonly CommandWords[]): string {
  return commands.map((one) => `    '${pathKey(one.path)}') words='${wordsAfter(one).join(' ')}' ;;`).join('\n')
}

function wordsAfter({ subcommands, options, choices }: CommandWords): readonly string[] {
  return [...subcommands.map(({ name }) => name), ...choices, ...options.flatMap(({ names }) => names)]
}

function takesValue(option: OptionWords): boolean {
  return option.takesValue
}

function pathKey(path: readonly string[]): string {
  return path.map((name) => ` ${name}`).join('')
}
