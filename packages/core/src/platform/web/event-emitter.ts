// oxlint-disable-next-line typescript/no-explicit-any -- as in Node: the parameters of listeners depend on the event
type Listener = (...parameters: any[]) => unknown
type EventName = string | symbol

/** The `listener` of a wrapper that `once` makes is the function that the application gave. */
type OneTimeListener = Listener & { readonly listener?: Listener }

/** The part of Node's `EventEmitter` that applications use with core's events. */
export class EventEmitter {
  readonly #listeners = new Map<EventName, readonly OneTimeListener[]>()

  on(event: EventName, listener: Listener): this {
    this.#listeners.set(event, [...this.rawListeners(event), listener])
    return this
  }

  addListener(event: EventName, listener: Listener): this {
    return this.on(event, listener)
  }

  once(event: EventName, listener: Listener): this {
    const wrapper = (...parameters: unknown[]): unknown => {
      this.off(event, wrapper)
      return Reflect.apply(listener, this, parameters) as unknown
    }
    return this.on(event, Object.assign(wrapper, { listener }))
  }

  off(event: EventName, listener: Listener): this {
    const listeners = this.rawListeners(event)
    const last = listeners.findLastIndex((one) => one === listener || one.listener === listener)
    this.#listeners.set(event, listeners.toSpliced(last, last < 0 ? 0 : 1))
    return this
  }

  removeListener(event: EventName, listener: Listener): this {
    return this.off(event, listener)
  }

  removeAllListeners(event?: EventName): this {
    if (event === undefined) this.#listeners.clear()
    else this.#listeners.delete(event)
    return this
  }

  emit(event: EventName, ...parameters: unknown[]): boolean {
    const listeners = this.rawListeners(event)
    for (const listener of listeners) Reflect.apply(listener, this, parameters)
    return listeners.length > 0
  }

  listeners(event: EventName): Listener[] {
    return this.rawListeners(event).map((one) => one.listener ?? one)
  }

  rawListeners(event: EventName): OneTimeListener[] {
    return [...(this.#listeners.get(event) ?? [])]
  }

  listenerCount(event: EventName): number {
    return this.rawListeners(event).length
  }

  setMaxListeners(): this {
    return this
  }
}

/** Only Node warns of many listeners. */
export function setMaxListeners(): void {
  // There is no limit.
}
