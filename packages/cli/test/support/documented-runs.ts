import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fetch, LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { root } from '../../../../test/documented-examples.ts'
import { bearerkit } from './terminal.ts'
import { newYearClock } from './tokens.ts'

/** A command on a page, and the output that the page shows for it. */
export interface DocumentedRun {
  readonly page: string
  readonly command: string
  readonly output: string
}

/** The pages that show what the command line prints. */
export const pagesWithRuns: readonly string[] = ['README.md', 'docs/cli.md', 'packages/cli/README.md']

const prompt = '$ '

/** Returns the runs in the `console` blocks of a page. */
export function runsOn(page: string): readonly DocumentedRun[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) => {
    return `\n${block}`
      .split(`\n${prompt}`)
      .slice(1)
      .map((run) => {
        const [command = '', ...output] = run.split('\n')
        return { page, command, output: output.join('\n').trimEnd() }
      })
  })
}

/** Runs a command of a page in the current folder. Of all that a shell can do, it knows quotes and `<`. */
export async function outputOf(command: string, setting: { readonly fetch: Fetch }): Promise<string> {
  const ours = command.replace(/^npx @bearerkit\/cli /, 'bearerkit ')
  const words = [...ours.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? String(plain))
  const redirection = words.indexOf('<')
  const args = redirection === -1 ? words : words.slice(0, redirection)
  const input = redirection === -1 ? '' : readFileSync(String(words[redirection + 1]), 'utf8')
  const { stdout, stderr } = await bearerkit(args.slice(1), { input, clock: newYearClock, ...setting })
  return `${stdout}${stderr}`.trimEnd()
}

/** Takes away what differs from run to run: how long requests took. */
export function comparable(output: string): string {
  return output.replaceAll(/\d+ ms +/g, '5 ms  ')
}

export const issuer = 'https://issuer.example.com'
export const audience = 'https://api.example.com'

/** RFC 8037 §A.1. */
const key = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'key-1',
  alg: 'EdDSA',
  use: 'sig',
} as const

/** Writes the files that the pages name into a folder. */
export async function writeFiles(folder: string): Promise<void> {
  const keys = new LocalKeyProvider()
  await keys.importKey({ alg: key.alg, publishedKid: key.kid }, key)
  const tokens = new TokenIssuer({ keys, issuer, audience, clock: { now: () => newYearClock.now() - 60_000 } })
  const claims = { sub: 'user-1', client_id: 'portal', scope: 'reports:read', jti: '4f8b' }
  const files = {
    'token.txt': await tokens.issue(claims),
    'slash.txt': await tokens.issue(claims, { audience: `${audience}/` }),
    'key.json': JSON.stringify(key),
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), `${content}\n`)
}

/** The documents of the issuer. */
export const fetchFromIssuer: Fetch = async (url, { headers }) => {
  const { d: _d, ...publicKey } = key
  const documents: Readonly<Record<string, unknown>> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks.json` },
    [`${issuer}/.well-known/oauth-authorization-server`]: { issuer, jwks_uri: `${issuer}/jwks.json` },
    [`${issuer}/jwks.json`]: { keys: [publicKey] },
  }
  const common = { date: new Date(newYearClock.now()).toUTCString(), etag: '"1"', 'cache-control': 'max-age=604800' }
  const document = documents[url]
  if (document === undefined) return new Response(null, { status: 404, headers: common })
  if (headers['if-none-match'] === '"1"') return new Response(null, { status: 304, headers: common })
  return Response.json(document, { headers: common })
}
