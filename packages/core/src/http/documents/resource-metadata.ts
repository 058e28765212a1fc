import { listOf, optional, readOptions, text, texts } from '../../configuration/options.ts'
import { absoluteUrl, issuerIdentifier } from '../../configuration/url-options.ts'
import { ConfigurationError } from '../../errors.ts'
import { TokenVerifier } from '../../jwt/token-verifier.ts'
import type { VerifierOptions } from '../../jwt/verifier-options.ts'
import { answerToOther, answerWith, type PublicDocument, publicDocument, reads } from './public-document.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'

/** What the metadata says beyond what verification knows: RFC 9728 §2. */
export interface ResourceMetadataOptions {
  /** Which of the audiences is the resource identifier. Default: the first, which must be a URL. */
  resource?: string | undefined
  /** Default: the issuers of the verification. */
  authorizationServers?: readonly string[] | undefined
  scopesSupported?: readonly string[] | undefined
  /** For people. */
  resourceName?: string | undefined
  resourceDocumentation?: string | undefined
}

const maxAge = 3600

/**
 * The URL of a resource's metadata: the well-known segment goes between host and path (RFC 9728 §3.1).
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

/** Serves the protected resource metadata, built from the options of the verification: it cannot drift from it. */
export class ResourceMetadataEndpoint {
  readonly #document: PublicDocument

  /**
   * @param verification what `verifyJwt` was given
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
    this.#document = publicDocument(
      metadataOf(new TokenVerifier(verification, 'verifyJwt'), settings),
      'application/json',
    )
  }

  respond(request: HttpRequest): HttpResponse {
    return reads(request) ? answerWith(this.#document, request, maxAge) : answerToOther(request)
  }
}

function metadataOf({ issuers, settings }: TokenVerifier<unknown>, given: ResourceMetadataOptions): object {
  const { audience: shared } = settings.shared
  const audiences = [...issuers.flatMap(({ audience }) => audience ?? []), ...[shared ?? []].flat()]
  const servers = given.authorizationServers ?? issuers.map(({ issuer }) => issuer)
  return {
    resource: resourceOf(audiences, given.resource),
    // RFC 9728 §3.2: a list without elements is left out.
    authorization_servers: servers.length > 0 ? servers : undefined,
    scopes_supported: given.scopesSupported,
    bearer_methods_supported: settings.tokenSource === undefined ? ['header'] : undefined,
    resource_name: given.resourceName,
    resource_documentation: given.resourceDocumentation,
  }
}

/** Byte for byte what is checked as the audience: else a client would ask for tokens that are refused. */
function resourceOf(audiences: readonly string[], named: string | undefined): string {
  const resource = named ?? audiences[0]
  const isOurs = resource !== undefined && audiences.includes(resource) && isResourceIdentifier(resource)
  if (isOurs) return resource
  throw new ConfigurationError(
    'resourceMetadataHandler: option `resource` must be one of the audiences, and a URL',
    'resource',
  )
}

/** RFC 9728 §1.2: a URL that can be asked, without a fragment. */
function isResourceIdentifier(resource: string): boolean {
  return URL.canParse(resource) && /^https?:$/.test(new URL(resource).protocol) && !resource.includes('#')
}
