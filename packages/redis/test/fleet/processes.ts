import { EventEmitter, once } from 'node:events'
import type { RunningProgram } from '../../../core/test/support/program.ts'
import type { Answer } from './calls.ts'

/** The methods of an object in another process, all of them asynchronous. */
export type Remote<T> = {
  readonly [M in keyof T]: T[M] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

/** An error of the other process. */
export class RemoteFailure extends Error {
  readonly code: string

  constructor({ name, code, message }: { readonly name: string; readonly code: string; readonly message: string }) {
    super(message)
    this.name = name
    this.code = code
  }
}

/** An object in another process. */
export class RemoteObject<T> {
  readonly #program: RunningProgram
  readonly #waiting = new Map<number, PromiseWithResolversOf>()
  #calls = 0
  /** What it has reported, by name. */
  readonly events = new EventEmitter()
  /** The names of what it has reported, in order. */
  readonly told: string[] = []
  readonly call: Remote<T>

  constructor(program: RunningProgram) {
    this.#program = program
    this.call = new Proxy({} as Remote<T>, {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          this.#send(String(method), args),
    })
    program.child.on('message', (answer: Answer) => this.#take(answer))
    program.child.once('exit', () => this.#failAll())
  }

  /** @param options what its `open` takes */
  open(options: unknown): Promise<unknown> {
    return this.#send('open', [options])
  }

  /** Resolves when it reports this the next time. */
  async next(event: string): Promise<void> {
    await once(this.events, event)
  }

  kill(): void {
    this.#program.child.kill('SIGKILL')
  }

  suspend(): void {
    this.#program.child.kill('SIGSTOP')
  }

  resume(): void {
    this.#program.child.kill('SIGCONT')
  }

  #send(method: string, args: readonly unknown[]): Promise<unknown> {
    const id = (this.#calls += 1)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#program.child.send({ id, method, args })
    })
  }

  #take(answer: Answer): void {
    if ('event' in answer) {
      this.told.push(answer.event)
      this.events.emit(answer.event, answer.detail)
      return
    }
    const { resolve, reject } = this.#waiting.get(answer.id) ?? {}
    this.#waiting.delete(answer.id)
    if ('failure' in answer) reject?.(new RemoteFailure(answer.failure))
    else resolve?.(answer.value)
  }

  #failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the process has ended'))
    this.#waiting.clear()
  }
}

interface PromiseWithResolversOf {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}
