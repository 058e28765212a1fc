import { randomBytes } from 'node:crypto'
import { LocalKeyProvider } from '@bearerkit/core'
import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import type { Request, RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { keysOfPem, keysOfSecret } from '../imported-keys.ts'
import { bearer, forged, passing, sharedSecret, signedWith } from '../requests.ts'
import type { App, Cast, Step } from '../step.ts'

const { expressjwt } = jest.requireActual<{ readonly expressjwt: (options: object) => RequestHandler }>('express-jwt')

/** Checks neither issuer nor audience, as is the default there. */
function theirs(options: object): (cast: Cast) => App {
  return ({ pem }) =>
    onExpress((req: Request) => req.auth, expressjwt({ secret: pem, algorithms: ['RS256'], ...options }))
}

function ours(options: VerifyJwtOptions): (cast: Cast) => App {
  return ({ issuer: { issuer, audience } }) =>
    onExpress((req) => req.auth?.claims, verifyJwt({ issuer, audience, ...options }))
}

function theirSecret(secret: string | Buffer): (cast: Cast) => App {
  return theirs({ secret, algorithms: ['HS256'] })
}

function ourSecret(
  secret: string | Buffer,
  names: { readonly publishedKid?: string } = {},
): (cast: Cast) => Promise<App> {
  return async (cast) => ours({ keys: await keysOfSecret(secret, names), algorithms: ['HS256'] })(cast)
}

const base64 = randomBytes(32).toString('base64')
const short = 'eighteen letters!!'
const longer = 'a longer secret, for the time afterwards'

export const keysAndTokens: readonly Step[] = [
  {
    there: 'a text secret of 32 bytes or more',
    theirs: theirSecret(sharedSecret),
    ours: ourSecret(sharedSecret),
    asked: [
      ['a token', bearer(signedWith(sharedSecret)), 200],
      ['a token of another secret', bearer(signedWith(longer)), 401],
    ],
  },
  {
    there: 'a shorter secret, such as one of 18 bytes',
    theirs: theirSecret(short),
    async ours(cast) {
      const keys = new LocalKeyProvider()
      await expect(keys.importKey({ alg: 'HS256' }, Buffer.from(short))).rejects.toThrow('too weak: 144 bits')
      return ourSecret(longer)(cast)
    },
    asked: [
      ['a token of the short secret', bearer(signedWith(short)), 200, 401],
      ['a token of the longer secret', bearer(signedWith(longer)), 401, 200],
    ],
  },
  {
    there: 'a secret of bytes, kept as base64',
    theirs: theirSecret(Buffer.from(base64, 'base64')),
    ours: ourSecret(Buffer.from(base64, 'base64')),
    asked: [['a token', bearer(signedWith(Buffer.from(base64, 'base64'))), 200]],
  },
  {
    there: 'a secret, and tokens with a `kid`',
    theirs: theirSecret(sharedSecret),
    ours: ourSecret(sharedSecret, { publishedKid: 'legacy' }),
    asked: [
      ['a token with that kid', bearer(signedWith(sharedSecret, { header: { kid: 'legacy' } })), 200],
      ['a token without kid', bearer(signedWith(sharedSecret)), 200],
      ['a token with another kid', bearer(signedWith(sharedSecret, { header: { kid: 'other' } })), 200, 401],
    ],
  },
  {
    there: 'a PEM, and tokens with a `kid`',
    theirs: theirs({}),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: [passing, ['a token of a wrong key', bearer(({ issuer }) => issuer.forged.wrongKey()), 401]],
  },
  {
    there: 'a PEM, and tokens without `kid`',
    theirs: theirs({}),
    async ours(cast) {
      const keys = new LocalKeyProvider()
      await keys.importKey({ alg: 'RS256' }, cast.pem)
      return ours({ keys })(cast)
    },
    asked: [
      ['a token', bearer(forged({ header: { kid: undefined } })), 200],
      ['a token of a wrong key', bearer(({ issuer }) => issuer.forged.wrongKey()), 401],
    ],
  },
  {
    there: 'tokens without `iss`',
    theirs: theirs({}),
    ours: ours({}),
    asked: [['a token', bearer(forged({ claims: { iss: undefined } })), 200, 401]],
  },
  {
    there: 'tokens without `exp`',
    theirs: theirs({}),
    ours: ours({}),
    asked: [['a token', bearer(forged({ claims: { exp: undefined } })), 200, 401]],
  },
  {
    there: 'tokens without `aud`',
    theirs: theirs({}),
    ours: ours({ audience: null }),
    asked: [['a token', bearer(forged({ claims: { aud: undefined } })), 200]],
  },
]
