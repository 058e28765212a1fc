import { once } from 'node:events'
import type { TestIssuer } from '@bearerkit/testing'
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { type CliCommand, defineCommand } from '../frame/define-command.ts'
import { UsageError } from '../frame/failure.ts'
import { asciiJson } from '../frame/shown.ts'
import { DevelopmentIssuer } from './development-issuer.ts'
import { checkHost, listeningError } from './listening.ts'

export const serve: CliCommand = defineCommand(
  {
    name: 'serve',
    summary: 'Run an issuer for development, with a page to try it.',
    details:
      'An API trusts it with the issuer and the audience that are printed. Its keys live in memory and are gone when it ends. ' +
      'No production system may trust it: everybody who has the secret of its client gets any token from it.',
    examples: [
      ['bearerkit serve', 'run it at http://127.0.0.1:4480'],
      ['bearerkit serve --audience https://orders.example.com', 'issue tokens for your API'],
      [
        'bearerkit serve --host 0.0.0.0 --expose-to-network --origin http://issuer:4480',
        'run it in a container, for others that call it issuer',
      ],
    ],
    syntax: (command) =>
      command
        .option('--port <port>', 'The port to listen on, or 0 for a free one.', portNumber, 4480)
        .option('--host <host>', 'The name or address to listen on.', '127.0.0.1')
        .option('--expose-to-network', 'Allow a --host that other machines reach. They can then use the page too.')
        .option('--origin <origin>', 'The origin in its URLs. Default: where it listens.')
        .option('--audience <audience>', 'The `aud` of its tokens.', 'https://api.example.com')
        .option('--alg <algorithm>', 'The algorithm of its keys.', 'ES256')
        .option('--client-id <id>', 'The client that may ask it for tokens.', 'test-client')
        .addOption(
          new Option('--client-secret <secret>', 'The secret of the client. Default: a random one.').env(
            'BEARERKIT_CLIENT_SECRET',
          ),
        ),
  },
  async ({ options, runtime, command }) => {
    const { exposeToNetwork = false, clientId, clientSecret, ...listening } = options
    checkHost(listening.host, { exposeToNetwork })
    if (listening.origin !== undefined && listening.port === 0)
      throw new UsageError("option '--origin' needs a --port other than 0")
    const interruption = runtime.interruption()
    const client = { clientId, ...(clientSecret !== undefined && { clientSecret }) }
    const server = await DevelopmentIssuer.start({ ...listening, client, clock: runtime.clock }).catch(
      (error: unknown) => {
        throw listeningError(error, listening)
      },
    )
    const { issuer, audience, client: credentials } = server.issuer
    const isJson = command.opts()['json'] === true
    const json = (): string => asciiJson({ issuer, audience, ...credentials })
    runtime.stdout.write(`${isJson ? json() : welcome(server.issuer)}\n`)
    await aborted(interruption)
    await server.close()
    return undefined
  },
)

function portNumber(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}

function welcome({ issuer, audience, client }: TestIssuer): string {
  return `The issuer and its page are at ${issuer}

Set this for your API:
  BEARERKIT_ISSUER=${issuer}
  BEARERKIT_AUDIENCE=${audience}

Get a token:
  curl -u ${formEncoded(client.clientId)}:${formEncoded(client.clientSecret)} -d grant_type=client_credentials ${issuer}/token

Press Ctrl-C to end it.`
}

/** RFC 6749 §2.3.1: both parts of the credentials are encoded before they are joined. No shell takes the result apart. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

/** Waits, and keeps the process alive meanwhile: the issuer does not. */
async function aborted(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => undefined, longestDelay)
  if (!signal.aborted) await once(signal, 'abort')
  clearInterval(alive)
}

/** In milliseconds. */
const longestDelay = 2_147_483_647
