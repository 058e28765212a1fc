import { Option } from '@commander-js/extra-typings'
import { defineCommand, type CliCommand } from '../frame/define-command.ts'
import { insecureHostsOption, jwksHostsOption, requestTimeoutOption } from '../frame/issuer-options.ts'
import { list } from '../frame/list.ts'
import { givenToken } from '../token/given-token.ts'
import { explanationOf } from './explanation.ts'
import { exitCodeFor, explanationText } from './explanation-text.ts'

export const explain: CliCommand = defineCommand(
  {
    name: 'explain',
    summary: 'Explain step by step why an API accepts or refuses a token.',
    details:
      'Verifies the token as verifyJwt does with the same options, and says at the step that fails what was expected, what was there, and what to change. Fetches the keys of the issuer; the token is sent nowhere.',
    examples: [
      [
        'bearerkit explain --issuer https://issuer.example.com --audience https://api.example.com',
        'a token that you paste at the prompt',
      ],
      [
        'bearerkit explain --jwks-url https://keys.example.com/jwks.json --issuer orders --audience api < token.txt',
        'the token of an issuer that has no metadata',
      ],
      [
        'bearerkit explain --issuer … --audience … --dpop "$PROOF" --method POST --url https://api.example.com/orders < token.txt',
        'a token that is bound to a key, with the proof of a request',
      ],
    ],
    syntax: (command) =>
      command
        .argument('[token]', 'The token. Default: standard input, or a prompt.')
        .option('--issuer <issuer>', 'The `iss` that tokens must have. Or BEARERKIT_ISSUER.')
        .option('--audience <audience>', 'The accepted `aud` values. Or BEARERKIT_AUDIENCE.', list)
        .addOption(
          new Option('--any-audience', 'Do not check the audience, as with `audience: null`.').conflicts('audience'),
        )
        .option('--jwks-url <url>', 'The URL of the JWKS. Default: the one that the metadata names.')
        .addOption(new Option('--profile <profile>', 'The profile of the tokens.').choices(['jwt', 'rfc9068']))
        .option(
          '--algorithms <algorithm>',
          'The accepted algorithms: ES256,RS256. Default: all asymmetric ones except ES256K.',
          list,
        )
        .option('--clock-tolerance <duration>', 'The allowed clock difference: 30s. Default: 5s.')
        .option('--max-token-age <duration>', 'The maximum age of a token: 1h. Default: no limit.')
        .option('--required-claims <claim>', 'Claims that a token must have: tenant,roles.', list)
        .option(
          '--dpop <proof>',
          'The DPoP proof of the request. Accepts tokens that are bound to a key, as with `dpop: true`.',
        )
        .option('--method <method>', 'The method of the request with the proof. Default: GET.')
        .option('--url <url>', 'The URL of the request with the proof.')
        .addOption(jwksHostsOption())
        .addOption(insecureHostsOption())
        .addOption(requestTimeoutOption()),
  },
  async ({ options, runtime }, argument) => {
    const explanation = await explanationOf(() => givenToken(argument, runtime), options, runtime)
    return {
      exitCode: exitCodeFor(explanation),
      json: explanation,
      text: (paint) => explanationText(explanation, paint),
    }
  },
)
