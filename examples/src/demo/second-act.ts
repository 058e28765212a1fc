import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type ExampleServer, startExample } from './example-server.ts'
import type { SharedStore } from './shared-store.ts'
import { type Question, show } from './table.ts'
import { tampered } from './tampered.ts'

/** Two instances of a service that issues tokens, with their keys in one store. */
export class SecondAct {
  readonly #storeName: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #a: ExampleServer
  #b: ExampleServer

  private constructor(store: SharedStore, environment: Readonly<Record<string, string>>, servers: ExampleServer[]) {
    this.#storeName = store.name
    this.#environment = environment
    ;[this.#a, this.#b] = servers as [ExampleServer, ExampleServer]
  }

  static async start(store: SharedStore): Promise<SecondAct> {
    const environment = { ...store.environment, BEARERKIT_ENCRYPTION_KEYS: randomBytes(32).toString('base64url') }
    const servers = await Promise.all(['A', 'B'].map((name) => startExample('token-service', environment, name)))
    return new SecondAct(store, environment, servers)
  }

  /** Shows how the instances answer. Returns true if all answers were as expected. */
  async play(): Promise<boolean> {
    console.log(`\nTwo instances of a service that issues tokens, with their keys in ${this.#storeName}`)
    const fromB = await tokenOf(this.#b)
    const together = await this.#together(fromB)
    const alone = await this.#whileOneIsDown(fromB)
    const back = await this.#afterItCameBack(fromB)
    const rotated = await this.#afterARotation(fromB)
    return together && alone && back && rotated
  }

  /** Commands with which a reader can try the instances. */
  async invitation(): Promise<string> {
    return [
      `  TOKEN=$(curl -s -X POST ${this.#a.url}/login)                            # issued by A`,
      `  curl -i -H "Authorization: Bearer $TOKEN" ${this.#b.url}/me        # accepted by B`,
    ].join('\n')
  }

  async #together(fromB: string): Promise<boolean> {
    const fromA = await tokenOf(this.#a)
    return this.#show('Two instances are up', [
      { ...me('token of A', fromA), shows: 'demo.1' },
      { ...me('token of B', fromB), shows: 'demo.1' },
      { ...me('no token'), expected: 401 },
      { ...me('tampered token', tampered(fromA)), expected: 401 },
      { ...jwks, shows: 'demo.1' },
    ])
  }

  async #whileOneIsDown(fromB: string): Promise<boolean> {
    await this.#b.kill()
    return this.#show('B was killed (SIGKILL)', [
      { ...me('token of B', fromB), expected: [200, 'down'], shows: 'demo.1' },
    ])
  }

  async #afterItCameBack(fromB: string): Promise<boolean> {
    const { port: PORT } = new URL(this.#b.url)
    this.#b = await startExample('token-service', { ...this.#environment, PORT }, 'B')
    return this.#show('B is back', [
      { ...me('earlier token of B', fromB), shows: 'demo.1' },
      { ...me('new token of B', await tokenOf(this.#b)), shows: 'demo.1' },
    ])
  }

  async #afterARotation(old: string): Promise<boolean> {
    const toldBoth = await this.#show('Both are told to rotate demo.1', [
      {
        what: 'POST /rotate/1, to both at once',
        path: '/rotate/1',
        method: 'POST',
        token: old,
        expected: 200,
        shows: 'demo.2',
      },
      { ...jwks, shows: 'demo.1, demo.2' },
    ])
    await setTimeout(1100)
    const signing = await this.#show('A second later demo.2 signs', [
      { ...me('token of the old key', old), shows: 'demo.1' },
      { ...me('new token of A', await tokenOf(this.#a)), shows: 'demo.2' },
      { ...me('new token of B', await tokenOf(this.#b)), shows: 'demo.2' },
    ])
    return toldBoth && signing
  }

  #show(title: string, questions: readonly Question[]): Promise<boolean> {
    return show(title, { servers: [this.#a, this.#b], heading: 'keys', shown: keysIn }, questions)
  }
}

const jwks = { what: 'GET /.well-known/jwks.json', path: '/.well-known/jwks.json', expected: 200 }

function me(what: string, token?: string): Question {
  return { what: `GET /me, ${what}`, path: '/me', expected: 200, ...(token !== undefined && { token }) }
}

async function tokenOf({ url }: ExampleServer): Promise<string> {
  return (await fetch(`${url}/login`, { method: 'POST' })).text()
}

/** The keys that a response names: all of a JWKS, or the one that signed the token. */
async function keysIn(response: Response): Promise<string> {
  const { ok } = response
  const text = await response.text()
  if (!ok) return ''
  const { keys, key } = JSON.parse(text) as {
    readonly keys?: readonly { readonly kid: string }[]
    readonly key?: string
  }
  return keys?.map(({ kid }) => kid).join(', ') ?? String(key)
}
