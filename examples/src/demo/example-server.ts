import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const frameworks = ['express', 'koa', 'fastify'] as const
export type Framework = (typeof frameworks)[number]

/** An example server in a separate process. */
export interface ResourceServer {
  readonly framework: Framework
  readonly url: string
  stop(): void
}

/** Starts an example the way a user would. It gets only the issuer's URL and the audience, from the environment. */
export async function startResourceServer(
  framework: Framework,
  issuer: string,
  audience: string,
): Promise<ResourceServer> {
  const program = fileURLToPath(new URL(`../${framework}.js`, import.meta.url))
  const child = spawn(process.execPath, ['--import', new URL('end-with-parent.js', import.meta.url).href, program], {
    env: { ...process.env, PORT: '0', BEARERKIT_ISSUER: issuer, BEARERKIT_AUDIENCE: audience },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = (): void => void child.kill()
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return { framework, url, stop }
  }
  throw new Error(`the ${framework} example exited before it listened`)
}
