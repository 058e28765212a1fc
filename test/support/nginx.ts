import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCertificate } from '@bearerkit/testing'
import { pathOf, type Program } from './installed-program.ts'

const program: Program = { names: ['nginx'], package: 'nginx', remedy: 'put nginx on the path' }

const processes = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of processes) child.kill('SIGKILL')
})

/** An nginx of our own, on a Unix socket, which ends TLS connections in front of a server. It ends with the tests. */
export class Nginx {
  /** The path of the socket on which it listens. */
  readonly socketPath: string
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder
    this.#child = child
    this.socketPath = join(folder, 'api.sock')
  }

  /**
   * @param location the directives of the only location
   * @param own the certificate of the server
   */
  static async start(location: string, own: TestCertificate): Promise<Nginx> {
    const path = await pathOf(program)
    const folder = await mkdtemp(join(tmpdir(), 'bearerkit-nginx-'))
    await writeFile(join(folder, 'server.pem'), own.cert)
    await writeFile(join(folder, 'server.key'), own.key, { mode: 0o600 })
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, location))
    const child = spawn(path, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    processes.add(child)
    child.once('exit', () => processes.delete(child))
    const nginx = new Nginx(folder, child)
    await nginx.#listening()
    return nginx
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #listening(): Promise<void> {
    let printed = ''
    this.#child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    while (!(await accepts(this.socketPath))) {
      if (this.#child.exitCode !== null) throw new Error(`nginx did not start: ${printed}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** One process, in the foreground, which writes only into its folder. */
function configuration(folder: string, location: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen unix:${folder}/api.sock ssl;
    ssl_certificate ${folder}/server.pem;
    ssl_certificate_key ${folder}/server.key;
    ssl_verify_client optional_no_ca;
    location / {
      ${location}
    }
  }
}
`
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
