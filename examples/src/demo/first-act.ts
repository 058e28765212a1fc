import { setTimeout } from 'node:timers/promises'
import { DpopClient } from './dpop-client.ts'
import { type ExampleServer, startExample } from './example-server.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { type Question, show } from './table.ts'
import { tampered } from './tampered.ts'

const audience = 'https://api.example.com'
const scope = 'reports:read'
const frameworks = ['express', 'koa', 'fastify']

/** An issuer, and a server of each framework that accepts its tokens. */
export class FirstAct {
  readonly #issuer: Issuer
  readonly #servers: readonly ExampleServer[]

  private constructor(issuer: Issuer, servers: readonly ExampleServer[]) {
    this.#issuer = issuer
    this.#servers = servers
  }

  static async start(): Promise<FirstAct> {
    const issuer = await startIssuer(audience)
    const environment = { BEARERKIT_ISSUER: issuer.url, BEARERKIT_AUDIENCE: audience }
    return new FirstAct(issuer, await Promise.all(frameworks.map((name) => startExample(name, environment))))
  }

  /** Shows how the servers answer. Returns true if all answers were as expected. */
  async play(): Promise<boolean> {
    const whileUp = await this.#whileTheIssuerIsUp()
    const stolen = await this.#withAStolenToken()
    const rotated = await this.#afterARotation()
    const whileDown = await this.#whileTheIssuerIsDown()
    return whileUp && stolen && rotated && whileDown
  }

  /** Commands with which a reader can try the servers. */
  async invitation(): Promise<string> {
    const token = await this.#issuer.tokens.issue({ sub: 'you', scope })
    const withToken = this.#servers.map(
      ({ name, url }) => `  curl -i -H "Authorization: Bearer $TOKEN" ${url}/me        # ${name}`,
    )
    return [
      `  TOKEN=${token}`,
      ...withToken,
      `  curl -i ${this.#servers[0]?.url}/me                                       # no token: 401`,
      `  curl -i ${this.#issuer.url}/.well-known/jwks.json                      # the issuer's keys`,
    ].join('\n')
  }

  async #whileTheIssuerIsUp(): Promise<boolean> {
    const { tokens, yesterday } = this.#issuer
    const token = await tokens.issue({ sub: 'user-1', scope })
    const withoutScope = await tokens.issue({ sub: 'user-2', scope: 'profile' })
    const expired = await yesterday.issue({ sub: 'user-1', scope })
    return this.#show('The issuer is up', [
      { what: 'GET /public, no token', path: '/public', expected: 200 },
      { what: 'GET /me, good token', path: '/me', token, expected: 200 },
      { what: 'GET /reports, good token', path: '/reports', token, expected: 200 },
      { what: 'GET /me, no token', path: '/me', expected: 401 },
      { what: 'GET /reports, scope missing', path: '/reports', token: withoutScope, expected: 403 },
      { what: 'GET /me, tampered token', path: '/me', token: tampered(token), expected: 401 },
      { what: 'GET /me, expired token', path: '/me', token: expired, expected: 401 },
      { what: 'GET /.well-known/jwks.json', path: '/.well-known/jwks.json', expected: 200 },
    ])
  }

  /** The token is bound to the key of the client. The thief has the token and what was sent with it, but not the key. */
  async #withAStolenToken(): Promise<boolean> {
    const [client, thief] = await Promise.all([DpopClient.create(), DpopClient.create()])
    const token = await this.#issuer.tokens.issue({ sub: 'user-1', scope }, { boundTo: { jkt: client.jkt } })
    const sent = new Map<string, Record<string, string>>()
    const proven = async (url: string): Promise<Record<string, string>> => {
      const headers = await client.headers(url, token)
      sent.set(url, headers)
      return headers
    }
    return this.#show('A token is stolen', [
      { what: 'GET /me, token and proof', path: '/me', headers: proven, expected: 200 },
      { what: 'GET /me, stolen token', path: '/me', token, expected: 401 },
      {
        what: 'GET /me, the same proof again',
        path: '/me',
        headers: async (url) => sent.get(url) ?? {},
        expected: 401,
      },
      {
        what: 'GET /me, proof of the thief',
        path: '/me',
        headers: (url) => thief.headers(url, token),
        expected: 401,
      },
    ])
  }

  async #afterARotation(): Promise<boolean> {
    const { tokens, keys } = this.#issuer
    const old = await tokens.issue({ sub: 'user-1', scope })
    await this.#showKeyStates('before the rotation')
    // The next version is published before it signs, so that verifiers have it when its first tokens arrive.
    await keys.rotateKey('demo', { activateAfter: '1s', retainFor: '2h' })
    await this.#showKeyStates('the next version is published')
    await setTimeout(1100)
    await this.#showKeyStates('a second later it signs')
    const fresh = await tokens.issue({ sub: 'user-1', scope })
    return this.#show('The key was rotated', [
      { what: 'GET /me, token of the old key', path: '/me', token: old, expected: 200 },
      { what: 'GET /me, token of the new key', path: '/me', token: fresh, expected: 200 },
    ])
  }

  async #showKeyStates(when: string): Promise<void> {
    const { keys } = this.#issuer
    const versions = await keys.listVersions('demo')
    const described = await Promise.all(versions.map((version) => keys.getKey('demo', version)))
    console.log(`\nKeys, ${when}: ${described.map((key) => `${key.publishedKid} ${key.state}`).join(', ')}`)
  }

  async #whileTheIssuerIsDown(): Promise<boolean> {
    const token = await this.#issuer.tokens.issue({ sub: 'user-1', scope })
    await this.#issuer.takeDown()
    const asExpected = await this.#show('The issuer is down', [
      { what: 'GET /me, token of a known key', path: '/me', token, expected: 200 },
      { what: 'GET /me, tampered token', path: '/me', token: tampered(token), expected: 401 },
    ])
    await this.#issuer.bringUp()
    return asExpected
  }

  #show(title: string, questions: readonly Question[]): Promise<boolean> {
    return show(title, { servers: this.#servers, heading: 'WWW-Authenticate', shown: challengeOf }, questions)
  }
}

async function challengeOf(response: Response): Promise<string> {
  await response.arrayBuffer()
  return response.headers.get('www-authenticate') ?? ''
}
