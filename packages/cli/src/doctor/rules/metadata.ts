import type { Finding } from '../../frame/finding.ts'
import { shown } from '../../frame/shown.ts'
import type { Examination, MetadataAnswer } from '../examination.ts'
import { shownUrl } from '../shown-url.ts'

type Found = MetadataAnswer & { readonly document: NonNullable<MetadataAnswer['document']> }

/** What is wrong with the metadata: OpenID Connect Discovery 1.0, RFC 8414. */
export function metadataFindings({ issuer, metadata }: Examination): readonly Finding[] {
  if (metadata.length === 0) return []
  const found = metadata.filter((one): one is Found => one.document !== undefined)
  return [
    ...(found.length === 0 ? [missing] : []),
    ...metadata.filter(isOtherContent).map(otherContent),
    ...found.filter(({ document }) => document['issuer'] !== issuer).map((one) => otherIssuer(one, issuer)),
    ...found.filter(({ document }) => typeof document['jwks_uri'] !== 'string').map(noJwksUri),
    ...disagreement(found),
    ...found.filter(offersNone).map(noneOffered),
  ]
}

const missing: Finding = {
  level: 'wrong',
  code: 'metadata_missing',
  message:
    'The issuer publishes no metadata at any of these locations. Check the issuer, or name the keys with --jwks-url.',
}

/** Often the page of a single-page application, which answers every path. */
function isOtherContent({ exchange, document }: MetadataAnswer): boolean {
  return exchange.status === 200 && document === undefined
}

function otherContent({ exchange }: MetadataAnswer): Finding {
  const type = exchange.headers.get('content-type') ?? 'no Content-Type'
  return {
    level: 'odd',
    code: 'metadata_unreadable',
    message: `${shownUrl(exchange.url)} answers 200, but not with metadata (${shown(type, 60)}).`,
  }
}

/** RFC 8414 §3.3, OpenID Connect Discovery 1.0 §4.3. */
function otherIssuer({ exchange, document }: Found, issuer: string): Finding {
  const named = String(document['issuer'])
  const onlySlash = named.replace(/\/$/, '') === issuer.replace(/\/$/, '')
  const hint = onlySlash ? ' They differ only in the slash at the end: use the one that the document names.' : ''
  return {
    level: 'wrong',
    code: 'issuer_differs',
    message: `${shownUrl(exchange.url)} names the issuer "${shown(named)}", and not "${shown(issuer)}".${hint}`,
  }
}

function noJwksUri({ exchange }: Found): Finding {
  return { level: 'wrong', code: 'jwks_uri_missing', message: `${shownUrl(exchange.url)} has no \`jwks_uri\`.` }
}

function disagreement(found: readonly Found[]): readonly Finding[] {
  const uris = new Set(found.map(({ document }) => document['jwks_uri']))
  if (uris.size < 2) return []
  const message =
    'The documents name different `jwks_uri`. Clients use different keys, depending on which one they read.'
  return [{ level: 'odd', code: 'jwks_uri_differs', message }]
}

const algorithmLists = ['id_token_signing_alg_values_supported', 'token_endpoint_auth_signing_alg_values_supported']

function offersNone({ document }: Found): boolean {
  return algorithmLists.some((name) => Array.isArray(document[name]) && document[name].includes('none'))
}

function noneOffered({ exchange }: Found): Finding {
  return {
    level: 'odd',
    code: 'alg_none_offered',
    message: `${shownUrl(exchange.url)} offers tokens without a signature (\`none\`). Make sure that no client asks for them.`,
  }
}
