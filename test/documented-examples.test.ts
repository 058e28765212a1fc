import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { documentedExamples, moduleName, root, writePrograms } from './documented-examples.ts'

const examples = documentedExamples()
let programs: readonly [string, ...string[]]

beforeAll(() => {
  programs = writePrograms(examples)
})

test('the README, every package and docstrings have examples', () => {
  const pages = new Set(examples.map(({ page }) => page))
  expect(pages).toContain('README.md')
  expect(pages).toContain('packages/core/README.md')
  expect(pages).toContain('packages/express/src/index.ts')
})

test('every documented example compiles', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  for (const program of programs) {
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', program], { encoding: 'utf8' })
    expect(stdout).toBe('')
  }
}, 30_000)

describe('the servers of the README', () => {
  const servers = examples.filter(({ page, code }) => page === 'README.md' && code.includes("env['PORT']"))

  test('include one for each framework and one that issues tokens', () => {
    expect(servers.length).toBeGreaterThanOrEqual(4)
  })

  test.each(servers.map(({ title, code }) => [title, code] as const))(
    '%s refuses a request without a token',
    async (title, code) => {
      const { origin, stop } = await run(title)
      try {
        const anonymous = await fetch(`${origin}/me`)
        expect(anonymous.status).toBe(401)
        expect(anonymous.headers.get('www-authenticate')).toBe('Bearer realm="api"')
        if (code.includes('TokenIssuer')) await expectOwnTokenToPass(origin)
      } finally {
        stop()
      }
    },
  )
})

async function expectOwnTokenToPass(origin: string): Promise<void> {
  const login = await fetch(`${origin}/login`, { method: 'POST' })
  const { access_token: token } = (await login.json()) as { access_token: string }
  const me = await fetch(`${origin}/me`, { headers: { authorization: `Bearer ${token}` } })
  expect(await me.json()).toMatchObject({ sub: 'user-1', scope: 'reports:read' })
}

/** The examples do not print their port, so this makes the process report it when it starts to listen. */
const announcement = `
import net from 'node:net'
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  this.once('listening', () => console.log('port ' + this.address().port))
  return listen.apply(this, args)
}`

async function run(title: string): Promise<{ origin: string; stop: () => void }> {
  const program = pathToFileURL(join(programs[0], 'out', `${moduleName(title)}.js`))
  const announcer = `data:text/javascript,${encodeURIComponent(announcement)}`
  const child = spawn(process.execPath, ['--import', announcer, program.pathname], {
    env: { ...process.env, PORT: '0', NODE_ENV: 'test' },
  })
  return { origin: `http://127.0.0.1:${await port(child)}`, stop: () => void child.kill() }
}

async function port(child: ChildProcess): Promise<string> {
  let printed = ''
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the process exited before it listened: ${printed}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      const [, number] = /port (\d+)/.exec(chunk.toString()) ?? []
      if (number !== undefined) resolve(number)
    })
  })
}
