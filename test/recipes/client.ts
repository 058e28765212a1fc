import type { Keys, Token } from '../documented/keys.ts'

export const issuer = 'https://issuer.example.com'

/** In seconds: the lifetime of tokens. */
const lifetime = 3600

/** A client of a documented server. */
export class Client {
  readonly origin: string
  readonly #keys: Keys

  constructor(origin: string, keys: Keys) {
    this.origin = origin
    this.#keys = keys
  }

  /** A token of the issuer that the recipes name. */
  token(claims: Token['claims'] = {}): string {
    const exp = Math.floor(Date.now() / 1000) + lifetime
    const usual = { iss: issuer, aud: 'https://api.example.com', sub: 'user-1', client_id: 'portal', exp }
    return this.#keys.signed({
      header: { alg: 'RS256', typ: 'at+jwt', kid: '1' },
      claims: { ...usual, ...claims },
      key: 'first',
    })
  }

  expired(): string {
    return this.token({ exp: Math.floor(Date.now() / 1000) - 60 })
  }

  bearing(token = this.token()): { authorization: string } {
    return { authorization: `Bearer ${token}` }
  }

  async ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> {
    return fetch(this.origin + path, { method, headers })
  }

  async statusOf(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    return (await this.ask(path, headers)).status
  }
}
