import { Option } from '@commander-js/extra-typings'
import { list } from './list.ts'

/** The options of `verifyJwt` that say from where keys may come. */
export function jwksHostsOption(): Option<'--jwks-hosts <host>', undefined, undefined, string[]> {
  return new Option('--jwks-hosts <host>', 'The hosts that the `jwks_uri` of the metadata may be on.').argParser(list)
}

export function insecureHostsOption(): Option<'--insecure-hosts <host>', undefined, undefined, string[]> {
  return new Option(
    '--insecure-hosts <host>',
    'Hosts whose keys may come over plain http, such as issuer:8080.',
  ).argParser(list)
}

export function requestTimeoutOption(): Option<'--request-timeout <duration>'> {
  return new Option('--request-timeout <duration>', 'The limit for one request to the issuer: 2s. Default: 5s.')
}
