import { createHash } from 'node:crypto'

/** Where the scripts are evaluated, with these keys. */
export interface ScriptTarget {
  /** Evaluates a script that the server may know already. All that it answers is text. */
  evaluate(script: Script, keys: readonly string[], args: readonly string[]): Promise<string[]>
  /** Listens on a channel, over a connection of its own, which comes back by itself. */
  subscribe(channel: string, heard: () => void, signal?: AbortSignal): Promise<() => Promise<void>>
}

/** What is used of a client of `redis` 5 or later: of `createClient`, `createCluster`, `createSentinel`, `createClientPool`. */
export interface NodeRedisClient {
  eval(script: string, options: NodeRedisScriptOptions): Promise<unknown>
  evalSha(sha1: string, options: NodeRedisScriptOptions): Promise<unknown>
  /** A pool has none. */
  duplicate?(): NodeRedisSubscriber
}

interface NodeRedisScriptOptions {
  keys: string[]
  arguments: string[]
}

interface NodeRedisSubscriber {
  on(event: string, listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, listener: () => void): Promise<unknown>
  destroy(): unknown
}

/** What is used of a client of `ioredis` 5 or later: of `Redis` and `Cluster`. */
export interface IoredisClient {
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>
  evalsha(sha1: string, keys: number, ...args: string[]): Promise<unknown>
  duplicate(): IoredisSubscriber
}

interface IoredisSubscriber {
  readonly status: string
  on(event: string, listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  disconnect(): void
}

/** A connected client, of either library. */
export type RedisClient = NodeRedisClient | IoredisClient

/** A script, and the name by which a server remembers it. */
export class Script {
  readonly text: string
  readonly sha1: string

  constructor(text: string) {
    this.text = text
    this.sha1 = createHash('sha1').update(text).digest('hex')
  }
}

/** Undefined if it is a client of neither library. */
export function scriptTargetOf(client: unknown): ScriptTarget | undefined {
  if (typeof client !== 'object' || client === null) return undefined
  if (isFunction(client, 'evalSha') && isFunction(client, 'eval')) return new NodeRedis(client as NodeRedisClient)
  if (isFunction(client, 'evalsha') && isFunction(client, 'eval')) return new Ioredis(client as IoredisClient)
  return undefined
}

function isFunction(client: object, name: string): boolean {
  return typeof (client as Record<string, unknown>)[name] === 'function'
}

class NodeRedis implements ScriptTarget {
  readonly #client: NodeRedisClient

  constructor(client: NodeRedisClient) {
    this.#client = client
  }

  evaluate(script: Script, keys: readonly string[], args: readonly string[]): Promise<string[]> {
    const options = { keys: [...keys], arguments: [...args] }
    return knownOrNot(
      () => this.#client.evalSha(script.sha1, options),
      () => this.#client.eval(script.text, options),
    )
  }

  async subscribe(channel: string, heard: () => void, signal?: AbortSignal): Promise<() => Promise<void>> {
    const subscriber = this.#client.duplicate?.()
    if (subscriber === undefined) throw new Error('a pool of clients does not subscribe: changes are found by polling')
    // An `error` that nobody listens to ends the process. The client connects again by itself.
    subscriber.on('error', () => undefined)
    const begin = async (): Promise<void> => {
      await subscriber.connect()
      await subscriber.subscribe(channel, heard)
    }
    const end = once(async () => void (await subscriber.destroy()))
    try {
      await unlessAborted(begin(), signal)
    } catch (error) {
      // It may be closed already, which is an error to it.
      await end().catch(() => undefined)
      throw error
    }
    // While there was no connection, messages were lost.
    subscriber.on('ready', heard)
    return end
  }
}

class Ioredis implements ScriptTarget {
  readonly #client: IoredisClient

  constructor(client: IoredisClient) {
    this.#client = client
  }

  evaluate(script: Script, keys: readonly string[], args: readonly string[]): Promise<string[]> {
    return knownOrNot(
      () => this.#client.evalsha(script.sha1, keys.length, ...keys, ...args),
      () => this.#client.eval(script.text, keys.length, ...keys, ...args),
    )
  }

  async subscribe(channel: string, heard: () => void, signal?: AbortSignal): Promise<() => Promise<void>> {
    const subscriber = this.#client.duplicate()
    subscriber.on('error', () => undefined)
    subscriber.on('message', heard)
    const begin = async (): Promise<void> => {
      await connected(subscriber)
      await subscriber.subscribe(channel)
    }
    try {
      await unlessAborted(begin(), signal)
    } catch (error) {
      subscriber.disconnect()
      throw error
    }
    subscriber.on('ready', heard)
    return once(() => disconnected(subscriber))
  }
}

/** Waits no longer than until the signal fires. */
async function unlessAborted(begun: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return begun
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  await Promise.race([begun, aborted])
}

/** A connection can be ended twice, and ends once. */
function once(end: () => Promise<void>): () => Promise<void> {
  let ending: Promise<void> | undefined
  return () => (ending ??= end())
}

/** A duplicate of a client with `lazyConnect` has to be told, and one without an offline queue takes no command before. */
async function connected(subscriber: IoredisSubscriber): Promise<void> {
  if (subscriber.status === 'ready') return
  const ready = new Promise<void>((resolve, reject) => {
    subscriber.on('ready', resolve)
    subscriber.on('end', () => reject(new Error('the connection was given up')))
  })
  // It fails with every attempt; `end` says when there will be no further one.
  if (subscriber.status === 'wait') subscriber.connect().catch(() => undefined)
  await ready
}

/** States without a connection: ioredis does not report the end of one. */
const unconnected = new Set(['end', 'close', 'wait', 'reconnecting'])

/** Waits two seconds at most, because ioredis does not wait longer for the server. */
async function disconnected(subscriber: IoredisSubscriber): Promise<void> {
  const hasConnection = !unconnected.has(subscriber.status)
  const ended = new Promise<void>((resolve) => {
    subscriber.on('end', resolve)
  })
  subscriber.disconnect()
  if (hasConnection) await ended
}

/** A server that was started again, or another one, does not know the scripts. */
async function knownOrNot(evaluateKnown: () => Promise<unknown>, evaluate: () => Promise<unknown>): Promise<string[]> {
  try {
    return textsOf(await evaluateKnown())
  } catch (error) {
    if (!String((error as { message?: unknown }).message).startsWith('NOSCRIPT')) throw error
    return textsOf(await evaluate())
  }
}

/** A client may be set up to answer with buffers. */
function textsOf(answer: unknown): string[] {
  if (!Array.isArray(answer)) throw new Error('the script has answered something else')
  return answer.map(String)
}
