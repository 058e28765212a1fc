import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
}

const endOfHeader = '\r\n\r\n'

/** The TypeScript language server that editors use (Language Server Protocol 3.17, over standard input and output). */
export class LanguageServer {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #received = Buffer.alloc(0)
  #lastId = 0

  private constructor(root: string) {
    this.#process = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--lsp', '--stdio'], {
      cwd: root,
    })
    this.#process.stdout.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  static async start(root: string): Promise<LanguageServer> {
    const server = new LanguageServer(root)
    const capabilities = { textDocument: { hover: { contentFormat: ['markdown'] } } }
    await server.#ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities })
    server.#send({ method: 'initialized', params: {} })
    return server
  }

  /** Opens a document like an editor. The file need not exist. */
  open(path: string, text: string): void {
    const textDocument = { uri: pathToFileURL(path).href, languageId: 'typescript', version: 1, text }
    this.#send({ method: 'textDocument/didOpen', params: { textDocument } })
  }

  /** Returns the text that an editor shows for the symbol at a position. Lines and characters count from zero. */
  async hover(path: string, line: number, character: number): Promise<string> {
    const answer = await this.#ask('textDocument/hover', {
      textDocument: { uri: pathToFileURL(path).href },
      position: { line, character },
    })
    return (answer as { contents: { value: string } }).contents.value
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill()
    await exited
  }

  #ask(method: string, params: object): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#send({ id, method, params })
    })
  }

  #send(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${endOfHeader}${body}`)
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (let message = this.#next(); message !== undefined; message = this.#next()) this.#take(message)
  }

  /** Returns the next message if it has arrived completely. */
  #next(): Message | undefined {
    const end = this.#received.indexOf(endOfHeader)
    if (end === -1) return undefined
    const length = Number(/content-length: (\d+)/i.exec(this.#received.toString('latin1', 0, end))?.[1])
    const start = end + endOfHeader.length
    if (this.#received.length < start + length) return undefined
    const body = this.#received.toString('utf8', start, start + length)
    this.#received = this.#received.subarray(start + length)
    return JSON.parse(body) as Message
  }

  #take({ id, method, result }: Message): void {
    if (id === undefined) return
    // The server asks for something, such as the editor's configuration. There is none.
    if (method !== undefined) return this.#send({ id, result: null })
    this.#waiting.get(id)?.(result)
    this.#waiting.delete(id)
  }
}
