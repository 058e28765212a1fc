import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Keys of 2048 bits that protect nothing. Empty until the first call: bundled programs cannot read the file. */
let known: readonly string[] = []
let calls = 0

/**
 * Returns a private RSA key in PEM (PKCS#8). Generating a key takes a quarter of a second, so those of 2048 bits come from
 * a file with four of them, in turn: two calls in succession return different keys.
 */
export function rsaKey(modulusLength = 2048): string {
  if (modulusLength !== 2048) return generatedRsaKey(modulusLength)
  if (known.length === 0) known = keysInFile()
  calls += 1
  return known[calls % known.length] as string
}

function keysInFile(): string[] {
  return readFileSync(join(__dirname, 'rsa-keys.pem'), 'utf8').split(/(?<=END PRIVATE KEY-----\n)/)
}

/** Goes through PEM because of the deadlock of Node 20: see generate-key.ts. */
function generatedRsaKey(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
}
