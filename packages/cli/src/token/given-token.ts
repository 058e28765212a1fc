import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageError } from '../frame/failure.ts'
import type { Runtime } from '../frame/runtime.ts'

/** Longer input is no token. In bytes. */
const longestInput = 256 * 1024

/**
 * Returns the token that a command is about: its argument, or else standard input, or else what the user pastes at a
 * prompt. The prompt shows nothing of it.
 *
 * @throws UsageError if there is none
 */
export async function givenToken(argument: string | undefined, runtime: Runtime): Promise<string> {
  const text = argument === undefined || argument === '-' ? await typedOrPiped(runtime) : argument
  const token = bareToken(text)
  if (token === '') throw new UsageError('there is no token: give it as an argument or on standard input')
  return token
}

/** Takes away what is copied with a token: the name of the header, the scheme, quotes, and line breaks of a terminal. */
export function bareToken(text: string): string {
  const unquoted = text.trim().replace(/^(["'])(.*)\1$/s, '$2')
  return unquoted
    .replace(/^(?:authorization:\s*)?(?:(?:bearer|dpop)\s+)?/i, '')
    .replaceAll(/[\r\n]\s*/g, '')
    .trim()
}

/** Returns what is on standard input, or what the user types or pastes at a prompt. */
export function typedOrPiped({ stdin, stderr }: Runtime): Promise<string> {
  return stdin.isTTY === true ? prompted(stdin, stderr) : piped(stdin)
}

async function piped(stdin: Runtime['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer | string)
    length += bytes.length
    if (length > longestInput) throw new UsageError(`standard input is longer than ${longestInput / 1024} KB`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

/** Through readline in raw mode, because the line discipline of a terminal cuts lines at 4,095 bytes. */
function prompted(stdin: Runtime['stdin'], stderr: Runtime['stderr']): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  stderr.write('Paste it here (not shown): ')
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line)
      lines.close()
    })
    // End of input, or Ctrl-C, which raw mode turns into a key.
    lines.once('close', () => {
      stderr.write('\n')
      resolve('')
    })
  })
}
