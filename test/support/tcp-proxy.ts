import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What becomes of a piece of data: it is lost if this answers false. */
export type Passing = (data: Buffer, from: 'client' | 'server') => boolean | Promise<boolean>

/**
 * Stands between a client and a server on this machine, and does what networks do. Everything passes until it is told
 * otherwise.
 */
export class TcpProxy {
  #target: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #passing: Passing = () => true
  #port = 0

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  /** @param target the server's port on 127.0.0.1 */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await proxy.#listen(0)
    return proxy
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  /** Ends the connections that there are. New ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends the connections that there are, and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  /** Takes new connections again. */
  async accept(): Promise<void> {
    await this.#listen(this.#port)
  }

  /** Ends the connections that there are. New ones lead to another server, as after a failover. */
  leadTo(target: number): void {
    this.#target = target
    this.cut()
  }

  /** Connections stay, and nothing comes through any more. What is sent is lost, so end it with `cut`. */
  stall(): void {
    this.#passing = () => false
  }

  /** Everything comes so many milliseconds late. */
  delay(milliseconds: number): void {
    this.#passing = async () => {
      await pause(milliseconds)
      return true
    }
  }

  /** Messages of publish and subscribe are lost; commands and their answers pass. */
  loseMessages(): void {
    this.#passing = (data, from) => from === 'client' || !/\bmessage\r\n/.test(data.toString('latin1'))
  }

  /** Anything else that a test wants. */
  pass(passing: Passing): void {
    this.#passing = passing
  }

  /** Everything passes again. */
  recover(): void {
    this.#passing = () => true
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse()
  }

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #join(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1')
    this.#forward(client, server, 'client')
    this.#forward(server, client, 'server')
  }

  #forward(from: Socket, to: Socket, side: 'client' | 'server'): void {
    this.#sockets.add(from)
    // One after the other, so that what was sent first arrives first.
    let sent = Promise.resolve()
    from.setNoDelay(true)
    from.on('data', (data) => {
      const passing = this.#passing(data, side)
      const before = sent
      sent = (async () => {
        await before
        if ((await passing) && !to.destroyed) to.write(data)
      })()
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
