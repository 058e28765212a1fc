import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A child process that has sent its first message. */
export interface Started<Message> {
  readonly child: ChildProcess
  readonly message: Message
}

const lastWordsLength = 1000

/**
 * Runs a module of the benchmarks in a child process and waits for its first message.
 *
 * @throws if the process ends without a message
 */
export async function start<Message>(
  module: URL,
  args: readonly string[],
  options: ForkOptions = {},
): Promise<Started<Message>> {
  const env = { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' }
  const child = fork(fileURLToPath(module), args, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], ...options })
  const killWithParent = (): void => void child.kill()
  process.once('exit', killWithParent)
  child.once('exit', () => process.off('exit', killWithParent))
  // Reading keeps a child with much output from blocking. The output is shown if the child ends early.
  let lastWords = ''
  child.stderr?.on('data', (words: Buffer) => {
    lastWords = (lastWords + words.toString()).slice(-lastWordsLength)
  })
  const message = await new Promise<Message>((resolve, reject) => {
    child.once('message', (sent) => resolve(sent as Message))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${lastWords.trim()}`)))
  })
  return { child, message }
}
