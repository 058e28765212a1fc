import { execFile } from 'node:child_process'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { run } from '../../src/run.ts'
import { checkHost } from '../../src/serve/listening.ts'
import { bearerkit } from '../support/terminal.ts'
import { freePort, startIssuer } from './support/started.ts'

/** Runs `bearerkit serve` until something was printed, shows that to `use`, and interrupts it. */
async function serve(args: readonly string[], use: (printed: string) => Promise<void>): Promise<number> {
  const stdout = new PassThrough()
  const interruption = new AbortController()
  const code = run(['serve', ...args], {
    stdin: Readable.from([]),
    stdout,
    stderr: new PassThrough(),
    interruption: () => interruption.signal,
  })
  const [printed] = (await stdout.take(1).toArray()) as [Buffer]
  try {
    await use(printed.toString())
  } finally {
    interruption.abort()
  }
  return code
}

test('prints where the issuer is, how an API trusts it and how to get a token, and ends when it is interrupted', async () => {
  let url = ''
  const code = await serve(['--port', '0', '--audience', 'https://orders.example.com'], async (printed) => {
    url = /BEARERKIT_ISSUER=(\S+)/.exec(printed)?.[1] ?? ''
    expect(printed).toContain('BEARERKIT_AUDIENCE=https://orders.example.com')
    const [, credentials = ''] = /curl -u (\S+) -d grant_type=client_credentials (\S+)/.exec(printed) ?? []
    const answer = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(answer.status).toBe(200)
    expect((await fetch(url)).headers.get('content-type')).toContain('text/html')
  })
  expect(code).toBe(0)
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('prints the same as JSON with --json', async () => {
  await serve(['--port', '0', '--json', '--client-id', 'orders', '--client-secret', 'secret'], async (printed) => {
    expect(JSON.parse(printed)).toEqual({
      issuer: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      audience: 'https://api.example.com',
      clientId: 'orders',
      clientSecret: 'secret',
    })
  })
})

test('takes the secret of the client from the environment, because other users can see arguments', async () => {
  process.env['BEARERKIT_CLIENT_SECRET'] = 'from the environment'
  try {
    await serve(['--port', '0', '--json'], async (printed) => {
      expect(JSON.parse(printed)).toMatchObject({ clientSecret: 'from the environment' })
    })
  } finally {
    delete process.env['BEARERKIT_CLIENT_SECRET']
  }
})

test.each(['localhost', '::1', '127.0.0.2'])('listens on the loopback host %s', async (host) => {
  await serve(['--port', '0', '--host', host], async (printed) => {
    const url = /BEARERKIT_ISSUER=(\S+)/.exec(printed)?.[1] ?? ''
    expect((await fetch(`${url}/jwks.json`)).status).toBe(200)
  })
})

test.each([
  '0.0.0.0',
  '::',
  '192.168.0.1',
  '::ffff:192.168.0.1',
  'example.com',
  'localhost.example.com',
  '127.0.0.1.example.com',
  '',
])('refuses the host %j, which other machines could reach, without --expose-to-network', async (host) => {
  const { code, stderr } = await bearerkit(['serve', '--port', '0', '--host', host])
  expect([code, stderr]).toEqual([2, expect.stringContaining('add --expose-to-network')])
  expect(() => checkHost(host, { exposeToNetwork: true })).not.toThrow()
})

test.each([
  ['a port that is no number', ['--port', 'http'], 2, 'It must be a number from 0 to 65535'],
  ['a port that is too high', ['--port', '65536'], 2, 'It must be a number from 0 to 65535'],
  ['an algorithm with a secret', ['--port', '0', '--alg', 'HS256'], 2, '`alg` must be an asymmetric'],
  ['an origin with a path', ['--port', '1', '--origin', 'http://issuer/a'], 2, '`origin` must be an origin'],
  ['an origin and any port', ['--port', '0', '--origin', 'http://issuer'], 2, 'needs a --port'],
])('refuses %s', async (_, args, expected, message) => {
  const { code, stderr } = await bearerkit(['serve', ...args])
  expect([code, stderr]).toEqual([expected, expect.stringContaining(message)])
})

test('exits with 2 if the port is taken, and names the option', async () => {
  const port = await freePort()
  const other = await startIssuer({ port })
  const { code, stderr } = await bearerkit(['serve', '--port', String(port)])
  expect([code, stderr]).toEqual([2, expect.stringContaining(`port ${port} is taken`)])
  expect(stderr).toContain('--port')
  await other.close()
})

test('exits with 2 if the host is none of this machine, and names the option', async () => {
  const { code, stderr } = await bearerkit(['serve', '--port', '0', '--host', '192.0.2.1', '--expose-to-network'])
  expect([code, stderr]).toEqual([2, expect.stringContaining("'--host'")])
})

test('prints a command that gets a token with any secret', async () => {
  const secret = `a+b:c d%2F'"$(x)\`y\`;é`
  await serve(['--port', '0', '--client-id', 'a:b', '--client-secret', secret], async (printed) => {
    const [, command = ''] = /^ {2}(curl .*)$/m.exec(printed) ?? []
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('curl', "printf '%s\\n'")])
    const [, credentials = '', , body, url = ''] = stdout.split('\n')
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    expect((await fetch(url, { method: 'POST', headers, body: body ?? '' })).status).toBe(200)
  })
})
