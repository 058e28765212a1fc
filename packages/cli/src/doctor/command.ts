import type { Duration } from '@bearerkit/core'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { insecureHostsOption, jwksHostsOption, requestTimeoutOption } from '../frame/issuer-options.ts'
import { diagnosisOf, exitCodeFor } from './diagnosis.ts'
import { diagnosisText } from './diagnosis-text.ts'
import { examine } from './examination.ts'

export const doctor: CliCommand = defineCommand(
  {
    name: 'doctor',
    summary: 'Examine an issuer: its metadata, keys, caching and clock.',
    details:
      'Asks for the documents as verifyJwt does, with the same limits, and says what is wrong or odd with them and what verifyJwt makes of them.',
    examples: [
      ['bearerkit doctor https://issuer.example.com', 'an issuer'],
      [
        'bearerkit doctor https://issuer.example.com --jwks-url https://keys.example.com/jwks.json',
        'one that has no metadata',
      ],
    ],
    syntax: (command) =>
      command
        .argument('<issuer>', 'The URL of the issuer, exactly as in the `iss` of its tokens.')
        .option('--jwks-url <url>', 'The URL of the JWKS. Default: the one that the metadata names.')
        .addOption(jwksHostsOption())
        .addOption(insecureHostsOption())
        .addOption(requestTimeoutOption()),
  },
  async ({ options, runtime }, issuer) => {
    const { jwksUrl, jwksHosts, insecureHosts } = options
    const requestTimeout = options.requestTimeout as Duration | undefined
    const given = { issuer, jwksUrl, jwksHosts, insecureHosts, requestTimeout }
    const diagnosis = diagnosisOf(await examine(given, runtime))
    return {
      exitCode: exitCodeFor(diagnosis),
      json: diagnosis,
      text: (paint) => diagnosisText(diagnosis, paint),
    }
  },
)
