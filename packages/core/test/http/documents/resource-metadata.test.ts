import { ConfigurationError } from '../../../src/errors.ts'
import {
  ResourceMetadataEndpoint,
  type ResourceMetadataOptions,
  resourceMetadataUrl,
} from '../../../src/http/documents/resource-metadata.ts'
import { cookie } from '../../../src/http/credentials/token-source.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

const get = { method: 'GET', headers: {} }

function documentOf(verification: VerifierOptions, options?: ResourceMetadataOptions): Record<string, unknown> {
  const { body } = new ResourceMetadataEndpoint({ issuer, audience, ...verification }, options).respond(get)
  return JSON.parse(body) as Record<string, unknown>
}

describe('the URL of the metadata (RFC 9728 §3.1)', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com/.well-known/oauth-protected-resource'],
    ['https://api.example.com/', 'https://api.example.com/.well-known/oauth-protected-resource'],
    ['https://api.example.com/mcp', 'https://api.example.com/.well-known/oauth-protected-resource/mcp'],
    ['https://api.example.com/a/b/', 'https://api.example.com/.well-known/oauth-protected-resource/a/b/'],
    ['https://api.example.com:8443/mcp', 'https://api.example.com:8443/.well-known/oauth-protected-resource/mcp'],
    ['https://api.example.com/a?k=v', 'https://api.example.com/.well-known/oauth-protected-resource/a?k=v'],
    ['https://api.example.com?k=v', 'https://api.example.com/.well-known/oauth-protected-resource?k=v'],
    ['http://127.0.0.1:3000/mcp', 'http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp'],
  ])('for %s has the well-known segment between host and path', (resource, url) => {
    expect(resourceMetadataUrl(resource)).toBe(url)
  })

  it.each(['api', '', '/mcp', 'api://default', 'urn:example:api', 'https://api.example.com/#part'])(
    'cannot be built for %p',
    (resource) => {
      expect(() => resourceMetadataUrl(resource)).toThrow(ConfigurationError)
    },
  )
})

describe('the metadata', () => {
  it('contains the issuer and the audience of verifyJwt', () => {
    expect(documentOf({})).toEqual({
      resource: audience,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    })
  })

  it.each<[string, VerifierOptions, object]>([
    ['DPoP', { dpop: { algorithms: ['ES256', 'PS256'] } }, { dpop_bound_access_tokens_required: false }],
    [
      'required DPoP',
      { dpop: { algorithms: ['ES256', 'PS256'], required: true } },
      { dpop_bound_access_tokens_required: true },
    ],
    ['mutual TLS', { mtls: true }, { tls_client_certificate_bound_access_tokens: true }],
  ])('contains the kinds of proof that are accepted: %s', (_, verification, expected) => {
    const algorithms = verification.dpop === undefined ? {} : { dpop_signing_alg_values_supported: ['ES256', 'PS256'] }
    expect(documentOf(verification)).toEqual({ ...documentOf({}), ...algorithms, ...expected })
  })

  it('contains what the options add', () => {
    const options = {
      scopesSupported: ['a', 'b'],
      resourceName: 'Reports',
      resourceDocumentation: 'https://docs.example.com',
      authorizationServers: ['https://login.example.com'],
    }
    expect(documentOf({}, options)).toEqual({
      resource: audience,
      authorization_servers: ['https://login.example.com'],
      scopes_supported: ['a', 'b'],
      bearer_methods_supported: ['header'],
      resource_name: 'Reports',
      resource_documentation: 'https://docs.example.com',
    })
  })

  it.each(['https://API.example.com', 'https://api.example.com/', 'https://api.example.com/a/../b', 'https://x:443/'])(
    'names the resource byte for byte like the accepted audience: %s',
    (resource) => {
      expect(documentOf({ audience: resource })['resource']).toBe(resource)
    },
  )

  it('names the first of several audiences or the chosen one', () => {
    const several = { audience: [audience, 'https://old.example.com'] }
    expect(documentOf(several)['resource']).toBe(audience)
    expect(documentOf(several, { resource: 'https://old.example.com' })['resource']).toBe('https://old.example.com')
  })

  it('names all issuers', () => {
    const issuers = [issuer, 'https://other.example.com'].map((one) => ({ issuer: one, audience }))
    expect(documentOf({ issuer: undefined, audience: undefined, issuers })['authorization_servers']).toEqual([
      issuer,
      'https://other.example.com',
    ])
  })

  it('omits the issuers if they are resolved at run time (RFC 9728 §3.2)', () => {
    const document = documentOf({ issuer: undefined, resolveIssuer: () => undefined })
    expect(document['resource']).toBe(audience)
    expect(document).not.toHaveProperty('authorization_servers')
  })

  it('omits the bearer methods if tokens are not read only from the header', () => {
    expect(documentOf({ tokenSource: cookie('t') })).not.toHaveProperty('bearer_methods_supported', ['header'])
  })

  it.each<[string, VerifierOptions, ResourceMetadataOptions]>([
    ['no audience check', { audience: null }, {}],
    ['an audience that is not a URL', { audience: 'api' }, {}],
    ['an audience without a host', { audience: 'api://default' }, {}],
    ['an audience that is a URN', { audience: 'urn:example:api' }, {}],
    ['a resource that is not among the audiences', {}, { resource: 'https://other.example.com' }],
    ['a resource that differs by a slash', {}, { resource: `${audience}/` }],
    ['a resource that is not a URL', { audience: ['api'] }, { resource: 'api' }],
  ])('cannot be built with %s', (_, verification, options) => {
    expect(() => documentOf(verification, options)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'resource' }),
    )
  })

  it.each<[string, object, string]>([
    ['an unknown option', { scopes: ['a'] }, 'scopes'],
    ['an empty list of scopes', { scopesSupported: [] }, 'scopesSupported'],
    ['a documentation that is not a URL', { resourceDocumentation: 'docs' }, 'resourceDocumentation'],
  ])('cannot be built with %s', (_, options, option) => {
    expect(() => documentOf({}, options)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        option,
        message: expect.stringMatching(/^resourceMetadataHandler: /),
      }),
    )
  })

  it('cannot be built from invalid options of verifyJwt', () => {
    expect(() => documentOf({ issuer: 'issuer' })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'issuer' }),
    )
  })
})

describe('the metadata endpoint', () => {
  const endpoint = new ResourceMetadataEndpoint({ issuer, audience })

  it('gives GET and HEAD the same answer, cacheable and for every origin', () => {
    const { status, headers, body } = endpoint.respond(get)
    expect(status).toBe(200)
    expect(headers).toEqual({
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'public, max-age=3600',
      ETag: expect.stringMatching(/^"[\w-]+"$/),
      'Access-Control-Allow-Origin': '*',
    })
    expect(endpoint.respond({ ...get, method: 'HEAD' }).headers).toEqual(headers)
  })

  it('answers 304 to a client that has the current metadata', () => {
    const { headers } = endpoint.respond(get)
    const again = endpoint.respond({ ...get, headers: { 'if-none-match': headers['ETag'] } })
    expect([again.status, again.body]).toEqual([304, ''])
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers 405 to %s', (method) => {
    expect(endpoint.respond({ ...get, method })).toEqual({ status: 405, headers: { Allow: 'GET, HEAD' }, body: '' })
  })
})
