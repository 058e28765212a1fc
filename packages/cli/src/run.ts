import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings'
import { commands } from './commands.ts'
import type { ExitCode } from './frame/exit-code.ts'
import { failureOf, wrongUsage } from './frame/failure.ts'
import { Reporter } from './frame/reporter.ts'
import type { Runtime } from './frame/runtime.ts'
import { version } from './frame/version.ts'
import { withoutTypedWords } from './frame/typed-words.ts'

/**
 * Runs a command line and resolves to its exit code. Everything that it reads and writes is in `runtime`.
 *
 * @param args the arguments after the name of the program
 */
export async function run(args: readonly string[], runtime: Runtime): Promise<ExitCode> {
  const reporter = new Reporter(runtime, { json: args.includes('--json') })
  try {
    await program(reporter, args).parseAsync(args, { from: 'user' })
    return reporter.exitCode
  } catch (error) {
    return error instanceof CommanderError ? endOfParsing(error, args, reporter) : reporter.fail(failureOf(error))
  }
}

function program(reporter: Reporter, args: readonly string[]): CommandUnknownOpts {
  const { stdout, stderr } = reporter.runtime
  const root = new Command('bearerkit')
    .description('Explains refused tokens, examines issuers, and manages keys.')
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Show help.')
    .helpCommand('help [command]', 'Show help for a command.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(withoutTypedWords(text, args)),
    })
    .showHelpAfterError('Run it with --help to see its usage.')
    .addHelpText('after', exitCodesHelp)
  for (const command of commands) command.addTo(root, reporter)
  return root
}

const exitCodesHelp = `
Exit codes:
  0  fine
  1  the token is refused, or the issuer is unhealthy
  2  wrong usage
  3  could not be found out, for example because an issuer is down`

/** Help and the version end parsing with an error too. Commander has already written its message. */
function endOfParsing({ exitCode, message }: CommanderError, args: readonly string[], reporter: Reporter): ExitCode {
  if (exitCode === 0) return 0
  return reporter.failSilently(wrongUsage(withoutTypedWords(message, args).replace(/^error: /, '')))
}
