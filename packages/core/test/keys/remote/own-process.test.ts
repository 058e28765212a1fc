import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { source } from '../../support/bundle.ts'
import { runApart } from '../../support/own-process.ts'
import { ForeignIssuer } from '../../support/foreign-issuer.ts'

const foreign = new ForeignIssuer('orders.1')
const open: Server[] = []
const sockets: Socket[] = []

/** A server in this process. A server in the process under test would keep that process alive. */
async function listening(greet: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    greet(socket)
  })
  open.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of open.splice(0)) {
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
})

async function closedPort(): Promise<string> {
  const url = await listening(() => undefined)
  await new Promise((resolve) => {
    open.pop()?.close(resolve)
  })
  return url
}

const imports = `
import { RemoteJwksKeyProvider } from ${JSON.stringify(join(source, 'keys/remote/remote-jwks-key-provider.ts'))}
import { TokenVerifier } from ${JSON.stringify(join(source, 'token-verifier.ts'))}
import { ManualClock } from ${JSON.stringify(join(__dirname, '../../support/clock.ts'))}
`

/** Waits for each call in turn, with a separate source, and prints what settled before the process ended. */
function waitingFor(options: string): string {
  return `${imports}
const settled = []
process.on('exit', () => console.log(JSON.stringify(settled)))

const hint = { alg: 'ES256', kid: 'orders.1' }
const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
const issuer = 'https://issuer.example.com'
const token = [encode(hint), encode({ iss: issuer, exp: 10_000_000_000 }), 'AAAA'].join('.')
const calls = {
  ready: (keys) => keys.ready(),
  refresh: (keys) => keys.refresh(),
  'forced refresh': (keys) => keys.refresh({ force: true }),
  jwks: (keys) => keys.jwks(),
  publishedJwks: (keys) => keys.publishedJwks({ include: 'all' }),
  getKey: (keys) => keys.getKey('orders.1'),
  verificationKeys: (keys) => keys.verificationKeys(hint),
  verify: (keys) => new TokenVerifier({ issuer, audience: null, keys }).verify(token),
}

async function main() {
  for (const [name, call] of Object.entries(calls)) {
    const keys = new RemoteJwksKeyProvider({ requestTimeout: '100ms', random: () => 1, ${options} })
    await Promise.resolve(call(keys)).catch(() => undefined)
    settled.push(name)
  }
}
void main()
`
}

const allCalls = ['ready', 'refresh', 'forced refresh', 'jwks', 'publishedJwks', 'getKey', 'verificationKeys', 'verify']
const neverSettles = 'fetch: () => new Promise(() => undefined)'
const neverEnds = 'fetch: async () => new Response(new ReadableStream({ cancel: () => new Promise(() => undefined) }))'

describe('a process that waits for keys stays alive until the wait has settled', () => {
  it.each<[string, () => Promise<string>]>([
    ['refuses connections', async () => `jwksUrl: ${JSON.stringify(await closedPort())}`],
    [
      'accepts connections and never responds',
      async () => `jwksUrl: ${JSON.stringify(await listening(() => undefined))}`,
    ],
    [
      'stalls in the middle of its response',
      async () => {
        const stall = await listening((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"keys":[')
        })
        return `jwksUrl: ${JSON.stringify(stall)}`
      },
    ],
    ['is fetched from with a fetch that never settles', async () => `jwksUrl: 'https://x.example', ${neverSettles}`],
    ['is fetched from with a fetch whose body never ends', async () => `jwksUrl: 'https://x.example', ${neverEnds}`],
    ['is discovered with a fetch that never settles', async () => `issuer: 'https://x.example', ${neverSettles}`],
  ])(
    'if the source %s',
    async (_, options) => {
      expect(await runApart(waitingFor(await options()), [])).toEqual(allCalls)
    },
    60_000,
  )
})

/**
 * Uses a source that responds once and never again. Returns how many milliseconds the process lives during a refresh.
 */
function refreshingBehind(lastCall: string): string {
  return `${imports}
const clock = new ManualClock()
let requests = 0
const fetch = () => {
  requests += 1
  return requests === 1 ? Promise.resolve(Response.json(${JSON.stringify(foreign.jwks)})) : new Promise(() => undefined)
}

async function main() {
  const keys = new RemoteJwksKeyProvider({ jwksUrl: 'https://x.example', requestTimeout: '2s', fetch, clock })
  await keys.ready()
  clock.advance(10 * 60_000)
  const known = keys.verificationKeys({ alg: 'ES256', kid: 'orders.1' })
  const started = performance.now()
  process.on('exit', () => console.log(JSON.stringify([known.length, requests, performance.now() - started])))
  ${lastCall}
}
void main()
`
}

describe('a process that has nothing else to do', () => {
  it('ends although a background refresh is under way', async () => {
    const [known, requests, lived] = (await runApart(refreshingBehind(''), [])) as [number, number, number]
    expect([known, requests]).toEqual([1, 2])
    expect(lived).toBeLessThan(1000)
  }, 60_000)

  it('does not end while a caller waits for that refresh', async () => {
    const joined = "await keys.verificationKeys({ alg: 'ES256', kid: 'orders.2' })"
    const [, , lived] = (await runApart(refreshingBehind(joined), [])) as [number, number, number]
    expect(lived).toBeGreaterThan(1900)
  }, 60_000)
})
