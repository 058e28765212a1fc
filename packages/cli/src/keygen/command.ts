import { writeFile } from 'node:fs/promises'
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { UsageError } from '../frame/failure.ts'
import type { Outcome } from '../frame/outcome.ts'
import { type Runtime, systemTime } from '../frame/runtime.ts'
import { asciiJson } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'
import { keyCells, keyRow } from '../keys/key-row.ts'
import { prefixOption, storeDescription, storeFlag } from '../keys/store/store-options.ts'
import { withStoredKeys } from '../keys/store/stored-keys.ts'
import { asText, type KeyRequest, newKey } from './new-key.ts'

export const keygen: CliCommand = defineCommand(
  {
    name: 'keygen',
    summary: 'Create a key: print it, write it to a file, or put it into a store.',
    details:
      'Without --out and --store the private key is printed. With --out the private key is written to a new file that only you can read, and the public key is printed.',
    examples: [
      ['bearerkit keygen --alg ES256 --out key.json', 'a private JWK in a file, and the public JWK'],
      ['bearerkit keygen --alg RS256 --format pem', 'a private key as PEM'],
      ['bearerkit keygen --alg ES256 --kid orders --store ./keys', 'a key for the instances of a service'],
    ],
    syntax: (command) =>
      command
        .requiredOption('--alg <algorithm>', 'The algorithm: ES256, EdDSA, RS256, A256GCM, …')
        .option('--kid <kid>', 'The name of the key. Default: its thumbprint (RFC 7638). Required with --store.')
        .option('--size <bits>', 'The size of an RSA key or a secret. Default: the least that is safe.', wholeNumber)
        .option('--curve <curve>', 'The curve, if the algorithm has several.')
        .addOption(
          new Option('--format <format>', 'The form of the private key.').choices(['jwk', 'pem']).default('jwk'),
        )
        .option('--out <file>', 'The file for the private key. It must not exist.')
        .option(storeFlag, storeDescription)
        .addOption(prefixOption()),
  },
  async ({ options, runtime }) => {
    const { alg, kid, size: sizeBits, curve, store, prefix, out, format } = options
    const request = { alg, kid, sizeBits, curve }
    if (store !== undefined && out !== undefined) throw new UsageError('--store and --out exclude each other')
    return store === undefined
      ? outsideOfStores(request, { out, format })
      : inStore(request, { store, prefix }, runtime)
  },
)

async function outsideOfStores(
  request: KeyRequest,
  { out, format }: { readonly out: string | undefined; readonly format: 'jwk' | 'pem' },
): Promise<Outcome> {
  const key = await newKey(request)
  const text = asText(key, format)
  const { kid, alg, publicJwk, publicPem, secretJwk } = key
  const publicKey = format === 'pem' ? publicPem : publicJwk
  if (out === undefined) {
    const secretKey = format === 'pem' ? text : secretJwk
    return { exitCode: 0, json: { kid, alg, secretKey, publicKey }, text: () => text }
  }
  await writePrivately(out, `${text}\n`)
  const shownKey = typeof publicKey === 'string' ? publicKey.trimEnd() : publicKey && asciiJson(publicKey)
  return { exitCode: 0, json: { kid, alg, file: out, publicKey }, text: () => shownKey ?? `kid ${kid}` }
}

async function inStore(
  { kid, ...spec }: KeyRequest,
  location: { readonly store: string; readonly prefix?: string | undefined },
  runtime: Runtime,
): Promise<Outcome> {
  if (kid === undefined) throw new UsageError('a key in a store needs --kid')
  return withStoredKeys({ ...location, mayBeNew: true }, runtime, async (keys) => {
    const key = keyRow(await keys.createKey({ ...spec, kid }))
    return { exitCode: 0, json: { key }, text: () => aligned([keyCells(key, systemTime(runtime))]).join('\n') }
  })
}

/** For its owner alone, and never over another file: that may be the only copy of a key. */
async function writePrivately(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const { code } = Object(error) as { code?: unknown }
    throw new UsageError(code === 'EEXIST' ? `${file} exists already` : `${file} cannot be written: ${String(code)}`)
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a number of bits.')
  return Number(text)
}
