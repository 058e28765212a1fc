import { secondsOf } from '../../clock.ts'
import { IntrospectionUnavailableError } from '../../errors.ts'
import { Buffer, randomUUID } from '../../platform.ts'
import { compactJws } from '../jws/serialized-jws.ts'
import type { ClientAuthenticationMethod, IntrospectionSettings } from './introspection-options.ts'

/** What a request must contain so that the issuer knows its client. */
export interface AuthenticatedRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
}

type Method = (settings: IntrospectionSettings) => AuthenticatedRequest | Promise<AuthenticatedRequest>

const methods: Readonly<Record<ClientAuthenticationMethod, Method>> = {
  // RFC 6749 §2.3.1: both are form-encoded before they are joined, so that a colon in the id is no separator.
  client_secret_basic: ({ clientId, clientSecret = '' }) => {
    const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')
    return { headers: { authorization: `Basic ${credentials}` }, parameters: {} }
  },
  client_secret_post: ({ clientId, clientSecret = '' }) => {
    return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret } }
  },
  private_key_jwt: async (settings) => {
    const { clientId } = settings
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const assertion = await signedAssertion(settings)
    return {
      headers: {},
      parameters: { client_id: clientId, client_assertion_type: type, client_assertion: assertion },
    }
  },
}

/** @throws IntrospectionUnavailableError if the assertion cannot be signed */
export function authenticationOf(
  settings: IntrospectionSettings,
): AuthenticatedRequest | Promise<AuthenticatedRequest> {
  return methods[settings.authMethod](settings)
}

function formEncoded(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1)
}

/** In seconds. Short, because an assertion is used once. */
const assertionLifetime = 60

/** A new one for each request, because issuers accept each `jti` once: RFC 7523 §3, OpenID Connect Core 1.0 §9. */
async function signedAssertion({ clientId, issuer, privateKey, clock }: IntrospectionSettings): Promise<string> {
  const iat = Math.floor(secondsOf(clock))
  const claims = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat, exp: iat + assertionLifetime }
  try {
    const key = await privateKey?.keys.signingKey(privateKey.kid)
    if (key === undefined) throw new TypeError('the key provider returned no key')
    return await compactJws({ typ: 'JWT', alg: key.alg, kid: key.kid }, claims, key)
  } catch (cause) {
    throw new IntrospectionUnavailableError('the assertion of the client could not be signed', { cause })
  }
}
