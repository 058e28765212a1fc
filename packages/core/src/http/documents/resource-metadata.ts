import { namedScopes } from '../../jwt/claims/scopes.ts'
import { listOf, optional, readOptions, text, texts } from '../../configuration/options.ts'
import { absoluteUrl, issuerIdentifier } from '../../configuration/url-options.ts'
import { ConfigurationError } from '../../errors.ts'
import { Verifier } from '../../jwt/verifier.ts'
import type { VerifierOptions, VerifierSettings } from '../../jwt/verifier-options.ts'
import { answerToOther, answerWith, type PublicDocument, publicDocument, reads } from './public-document.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'

/** Metadata that cannot be derived from the options of `verifyJwt`: RFC 9728 §2. */
export interface ResourceMetadataOptions {
  /** The audience that is the resource identifier. Default: the first audience, which must be a URL. */
  resource?: string | undefined
  /** Default: the issuers in the options of `verifyJwt`. */
  authorizationServers?: readonly string[] | undefined
  /** The scopes that clients can request. Default: left out. */
  scopesSupported?: readonly string[] | undefined
  /** A human-readable name. */
  resourceName?: string | undefined
  /** The URL of a page for developers. */
  resourceDocumentation?: string | undefined
}

const maxAge = 3600

/**
 * Returns the URL of a resource's metadata. The well-known segment goes between host and path (RFC 9728 §3.1).
 *
 * @throws ConfigurationError if the resource is not a URL
 */
export function resourceMetadataUrl(resource: string): string {
  if (!isResourceIdentifier(resource))
    throw new ConfigurationError(
      'resourceMetadataUrl: the resource must be an http(s) URL without a fragment',
      'resource',
    )
  const { origin, pathname, search } = new URL(resource)
  const path = pathname === '/' ? '' : pathname
  return `${origin}/.well-known/oauth-protected-resource${path}${search}`
}

/** Serves the protected resource metadata. It is built from the options of `verifyJwt`, so the two cannot diverge. */
export class ResourceMetadataEndpoint {
  readonly #document: PublicDocument

  /**
   * @param verification the options of `verifyJwt`
   * @throws ConfigurationError if the resource is not one of the audiences, or not a URL
   */
  constructor(verification: VerifierOptions<unknown>, options: ResourceMetadataOptions = {}) {
    const settings = readOptions<ResourceMetadataOptions>('resourceMetadataHandler', options, {
      resource: optional(absoluteUrl),
      authorizationServers: optional(listOf(issuerIdentifier(() => false))),
      scopesSupported: optional(texts),
      resourceName: optional(text),
      resourceDocumentation: optional(absoluteUrl),
    })
    this.#document = publicDocument(metadataOf(new Verifier(verification, 'verifyJwt'), settings), 'application/json')
  }

  /** Answers with the metadata, from a document that was built at construction. */
  respond(request: HttpRequest): HttpResponse {
    return reads(request) ? answerWith(this.#document, request, maxAge) : answerToOther(request)
  }
}

function metadataOf({ issuers, settings }: Verifier<unknown>, given: ResourceMetadataOptions): object {
  const { audience: shared } = settings.shared
  const audiences = [...issuers.flatMap(({ audience }) => audience ?? []), ...[shared ?? []].flat()]
  const servers = given.authorizationServers ?? issuers.map(({ issuer }) => issuer)
  return {
    resource: resourceOf(audiences, given.resource),
    // RFC 9728 §3.2: empty lists are omitted.
    authorization_servers: emptyAsUndefined(servers),
    scopes_supported: given.scopesSupported && emptyAsUndefined(namedScopes(given.scopesSupported)),
    bearer_methods_supported: settings.tokenSource === undefined ? ['header'] : undefined,
    ...proofsOf(settings),
    resource_name: given.resourceName,
    resource_documentation: given.resourceDocumentation,
  }
}

function emptyAsUndefined(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list
}

/** RFC 9728 §2: the kinds of proof that the options of `verifyJwt` switch on. Absent ones are off. */
function proofsOf({ dpop, mtls }: Pick<VerifierSettings, 'dpop' | 'mtls'>): object {
  return {
    tls_client_certificate_bound_access_tokens: mtls === undefined ? undefined : true,
    dpop_signing_alg_values_supported: dpop?.algorithms,
    dpop_bound_access_tokens_required: dpop?.required,
  }
}

/** Must equal an accepted audience byte for byte. Otherwise clients would request tokens that are refused. */
function resourceOf(audiences: readonly string[], named: string | undefined): string {
  const resource = named ?? audiences[0]
  const isOurs = resource !== undefined && audiences.includes(resource) && isResourceIdentifier(resource)
  if (isOurs) return resource
  throw new ConfigurationError(
    'resourceMetadataHandler: option `resource` must be one of the audiences, and a URL',
    'resource',
  )
}

/** RFC 9728 §1.2: a URL without a fragment. The scheme is http or https, so that the metadata can be fetched. */
function isResourceIdentifier(resource: string): boolean {
  return URL.canParse(resource) && /^https?:$/.test(new URL(resource).protocol) && !resource.includes('#')
}
