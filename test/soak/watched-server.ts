import type { Program } from '../../packages/core/test/support/program.ts'
import { RemoteObject } from '../../packages/redis/test/fleet/processes.ts'
import type { FrameworkName } from './deployment.ts'
import type { Measurement } from './server/measurements.ts'
import type { Server, ServerOptions } from './server/server.ts'

/** A server in another process, which is measured at intervals. */
export class WatchedServer {
  readonly name: FrameworkName
  readonly port: number
  /** In the order of time. */
  readonly measurements: Measurement[] = []
  readonly #process: RemoteObject<Server>
  #timer: NodeJS.Timeout | undefined

  private constructor(name: FrameworkName, port: number, process: RemoteObject<Server>) {
    this.name = name
    this.port = port
    this.#process = process
  }

  static async start(program: Program, options: ServerOptions): Promise<WatchedServer> {
    const process = new RemoteObject<Server>(program.start())
    await process.open(options)
    return new WatchedServer(options.framework, await process.call.port(), process)
  }

  /** @param interval between two measurements, in milliseconds */
  async beginWatch(interval: number): Promise<void> {
    await this.#process.call.begin()
    this.#timer = setInterval(() => void this.#measure(), interval)
  }

  async endWatch(): Promise<void> {
    clearInterval(this.#timer)
    await this.#measure()
  }

  async #measure(): Promise<void> {
    this.measurements.push(await this.#process.call.measure())
  }
}
