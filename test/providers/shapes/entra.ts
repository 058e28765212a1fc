import { aMinuteAgo, jwks, x5c, type Token } from '../../documented/keys.ts'
import type { Provider, Recipe } from '../shape.ts'

const login = 'https://login.microsoftonline.com'
const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
const partner = 'bbbbcccc-1111-dddd-2222-eeee3333ffff'
const stranger = 'ccccdddd-2222-eeee-3333-ffff4444aaaa'
/** The tenant of personal Microsoft accounts. */
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
const api = '00001111-aaaa-2222-bbbb-3333cccc4444'
const portal = '11112222-bbbb-3333-cccc-4444dddd5555'
const kid = 'nOo3ZDrODXEK1jKWhXslHR_KXEg'
const personalKid = '1LTMzakihiRla_8z2BEJVXeWMqo'

function v2(tid: string, claims: object = {}): Token {
  return {
    header: { typ: 'JWT', alg: 'RS256', kid },
    key: 'first',
    claims: {
      aud: api,
      iss: `${login}/${tid}/v2.0`,
      nbf: aMinuteAgo,
      aio: 'ATQAy/8TAAAA',
      azp: portal,
      azpacr: '0',
      name: 'Jane Doe',
      oid: 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb',
      preferred_username: 'jane@example.com',
      rh: '0.AXEAq7u7qgAAzMwREd3dIiLu7g',
      scp: 'Orders.Read',
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      tid,
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '2.0',
      ...claims,
    },
  }
}

const app = { scp: undefined, name: undefined, preferred_username: undefined, azpacr: '1', idtyp: 'app' }
const ofApp = v2(tenant, { ...app, roles: ['Orders.Read.All'] })
const ofAppWithoutRole = v2(tenant, app)

/** Of the app registration of the API itself, if that signs users in. App roles are in ID tokens too. */
const idToken = v2(tenant, {
  scp: undefined,
  azp: undefined,
  azpacr: undefined,
  roles: ['Orders.Read.All'],
  nonce: '678910',
})

function v1(tid: string, claims: object = {}): Token {
  return {
    header: { typ: 'JWT', alg: 'RS256', x5t: kid, kid },
    key: 'first',
    claims: {
      aud: `api://${api}`,
      iss: `https://sts.windows.net/${tid}/`,
      nbf: aMinuteAgo,
      acr: '1',
      aio: 'AXQAi/8TAAAA',
      amr: ['pwd'],
      appid: portal,
      appidacr: '0',
      ipaddr: '192.0.2.1',
      name: 'Jane Doe',
      oid: 'aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb',
      rh: '0.AXEAq7u7qgAAzMwREd3dIiLu7g',
      scp: 'Orders.Read',
      sub: 'l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA',
      tid,
      unique_name: 'jane@example.com',
      upn: 'jane@example.com',
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '1.0',
      ...claims,
    },
  }
}

/** Microsoft Graph's tokens have a nonce in the header, and their signature is over another header. */
const forGraph: Token = {
  ...v1(tenant, { aud: '00000003-0000-0000-c000-000000000000', scp: 'User.Read' }),
  header: { typ: 'JWT', nonce: 'kq5Gn1zUj2Y7', alg: 'RS256', x5t: kid, kid },
}

const fromGraph: Recipe['rows'] = [['a token for Microsoft Graph', forGraph, 401, 'issuer_mismatch']]

/** Keys of v2 name their issuer, with a placeholder; keys of v1 name none. There is no `alg`. */
function keysOf(issuer?: string): object {
  return {
    use: 'sig',
    kid,
    x5t: kid,
    x5c,
    ...(issuer === undefined ? {} : { cloud_instance_name: 'microsoftonline.com', issuer }),
  }
}

const placeholder = `${login}/{tenantid}/v2.0`

export const entra: Provider = {
  documents: (key) => {
    const shared = jwks(key, [
      ['first', keysOf(placeholder)],
      ['second', { ...keysOf(`${login}/${personal}/v2.0`), kid: personalKid, x5t: personalKid }],
    ])
    const ofTenant = (tid: string): Record<string, unknown> => ({
      [`${login}/${tid}/v2.0/.well-known/openid-configuration`]: {
        issuer: `${login}/${tid}/v2.0`,
        jwks_uri: `${login}/${tid}/discovery/v2.0/keys`,
        token_endpoint: `${login}/${tid}/oauth2/v2.0/token`,
        tenant_region_scope: 'EU',
        cloud_instance_name: 'microsoftonline.com',
      },
      [`${login}/${tid}/discovery/v2.0/keys`]: jwks(key, [['first', keysOf(`${login}/${tid}/v2.0`)]]),
    })
    return {
      ...ofTenant(tenant),
      ...ofTenant(partner),
      [`${login}/common/v2.0/.well-known/openid-configuration`]: {
        issuer: placeholder,
        jwks_uri: `${login}/common/discovery/v2.0/keys`,
      },
      [`${login}/common/discovery/v2.0/keys`]: shared,
      [`https://sts.windows.net/${tenant}/.well-known/openid-configuration`]: {
        issuer: `https://sts.windows.net/${tenant}/`,
        jwks_uri: `${login}/common/discovery/keys`,
      },
      [`${login}/common/discovery/keys`]: jwks(key, [['first', keysOf()]]),
    }
  },
  recipes: {
    'One tenant': {
      plain: { issuer: `${login}/${tenant}/v2.0`, audience: api },
      rows: [
        ['a user whose app asked for the scope, at `/orders`', v2(tenant), 200],
        ['an app with the role, at `/export`', ofApp, 200],
        ['an app without any role', ofAppWithoutRole, 403],
        ['a user at `/export`', v2(tenant), 403],
        ['an ID token of the API itself', idToken, 401],
        ['a user of another tenant', v2(stranger), 401, 'issuer_mismatch'],
        ['a v1 token of the same tenant', v1(tenant), 401, 'issuer_mismatch'],
        ...fromGraph,
      ],
    },
    'Several tenants': {
      plain: {
        audience: api,
        issuers: [{ issuer: `${login}/${tenant}/v2.0` }, { issuer: `${login}/${partner}/v2.0` }],
      },
      rows: [
        ['a user of the first tenant, at `/orders`', v2(tenant), 200],
        ['a user of the second tenant, at `/orders`', v2(partner), 200],
        ['a user of a tenant that is not listed', v2(stranger), 401, 'issuer_mismatch'],
        ['an app without any role', ofAppWithoutRole, 403],
        ['an ID token of the API itself', idToken, 401],
      ],
    },
    'Any tenant': {
      plain: {
        audience: api,
        resolveIssuer: (iss) =>
          iss.startsWith(`${login}/`) ? { jwksUrl: `${login}/common/discovery/v2.0/keys` } : undefined,
      },
      rows: [
        ['a user of any tenant, at `/orders`', v2(stranger), 200],
        [
          'a personal Microsoft account',
          { ...v2(personal), key: 'second', header: { typ: 'JWT', alg: 'RS256', kid: personalKid } },
          401,
        ],
        [
          'a token signed with the key of personal accounts in the name of a tenant',
          { ...v2(tenant), key: 'second', header: { typ: 'JWT', alg: 'RS256', kid: personalKid } },
          401,
          'key_unknown',
        ],
        [
          'a token whose issuer only begins like one of Entra',
          v2(tenant, { iss: `${login}/${tenant}/v2.0/../evil` }),
          401,
          'key_unknown',
        ],
        ['an app without any role', ofAppWithoutRole, 403],
        ['an ID token of the API itself', idToken, 401],
      ],
    },
    'v1 tokens': {
      plain: { issuer: `https://sts.windows.net/${tenant}/`, audience: `api://${api}` },
      rows: [
        ['a user whose app asked for the scope, at `/orders`', v1(tenant), 200],
        ['an app without any role', v1(tenant, { scp: undefined, upn: undefined, appidacr: '1', idtyp: 'app' }), 403],
        ['an ID token', v1(tenant, { aud: portal, scp: undefined, appid: undefined }), 401, 'audience_mismatch'],
        ['a v2 token of the same tenant', v2(tenant), 401, 'issuer_mismatch'],
        ['a token for Microsoft Graph', forGraph, 401, 'audience_mismatch'],
      ],
    },
  },
}
