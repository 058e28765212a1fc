import { webcrypto } from 'node:crypto'
import { createTestIssuer, type TestIssuer, type TestIssuerOptions } from '@bearerkit/testing'
import type { Clock } from '../../../src/clock.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../src/keys/remote/remote-jwks-key-provider.ts'

/** The system clock plus an offset. */
export class ShiftedClock implements Clock {
  #ahead = 0

  now(): number {
    return Date.now() + this.#ahead
  }

  monotonic(): number {
    return performance.now() + this.#ahead
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds
  }
}

export interface SocketSetting {
  readonly source: TestIssuer
  readonly keys: RemoteJwksKeyProvider
  readonly clock: ShiftedClock
}

const open: { close(): void | Promise<void> }[] = []

/** An issuer on a socket, and a provider of its keys. {@link closeAll} ends them. */
export async function overSockets(options: Partial<RemoteJwksKeyProviderOptions> = {}): Promise<SocketSetting> {
  const source = await createTestIssuer()
  return behind(source, { jwksUrl: source.jwksUrl, ...options })
}

/** An issuer on a socket, and a provider that finds its keys through the issuer's metadata. */
export async function discovered(
  options: Partial<RemoteJwksKeyProviderOptions> = {},
  issuerOptions: TestIssuerOptions = {},
): Promise<SocketSetting> {
  const source = await createTestIssuer(issuerOptions)
  return behind(source, { issuer: source.issuer, ...options })
}

function behind(source: TestIssuer, options: RemoteJwksKeyProviderOptions): SocketSetting {
  const clock = new ShiftedClock()
  const keys = new RemoteJwksKeyProvider({ clock, random: () => 0.5, ...options })
  open.push(source, keys)
  return { source, keys, clock }
}

export async function closeAll(): Promise<void> {
  for (const one of open.splice(0)) await one.close()
}

export type Verdict = 'accepted' | 'refused'

/** Finds keys like a verifier of an ES256 token. Rejects if the keys are unavailable. */
export async function judge(keys: RemoteJwksKeyProvider, token: string): Promise<Verdict> {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const hint = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string; kid?: string }
  for (const key of await keys.verificationKeys(hint)) {
    const octets = { signature: Buffer.from(signature, 'base64url'), data: Buffer.from(`${header}.${claims}`) }
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const cryptoKey = await key.cryptoKey(hint.alg)
    if (await webcrypto.subtle.verify(algorithm, cryptoKey, octets.signature, octets.data)) return 'accepted'
  }
  return 'refused'
}

/** The duration in milliseconds, by the real clock. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work().catch(() => undefined)
  return performance.now() - started
}
