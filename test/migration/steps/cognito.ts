import { requireClaims, verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import type { RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { around, cacheOf, CognitoJwtVerifier, payloadOf } from '../aws-verifiers.ts'
import { anonymous, bearer, forged } from '../requests.ts'
import type { App, Cast, RequestMaker, Step } from '../step.ts'

const userPoolId = 'eu-west-1_Example01'
const pool = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`

function theirPool(properties: object): (cast: Cast) => App {
  return (cast) => {
    const verifier = CognitoJwtVerifier.create({ userPoolId, clientId: 'client-1', ...properties }, cacheOf(cast))
    return onExpress(
      payloadOf,
      around((token) => verifier.verify(token)),
    )
  }
}

/** With `jwksUrl`, because there is no pool to discover it. */
function ourPool(options: VerifyJwtOptions, ...guards: readonly RequestHandler[]): (cast: Cast) => App {
  return ({ issuer: { jwksUrl } }) =>
    onExpress((req) => req.auth?.claims, verifyJwt({ issuer: pool, jwksUrl, ...options }), ...guards)
}

function ofPool(claims: object): RequestMaker {
  return bearer(forged({ claims: { iss: pool, ...claims }, header: { typ: undefined } }))
}

const accessToken = { aud: undefined, token_use: 'access', client_id: 'client-1' }
const idToken = { aud: 'client-1', token_use: 'id' }

export const fromCognito: readonly Step[] = [
  {
    there: "`CognitoJwtVerifier`, `tokenUse: 'access'`",
    theirs: theirPool({ tokenUse: 'access' }),
    ours: ourPool({ audience: null }, requireClaims({ token_use: 'access', client_id: 'client-1' })),
    asked: [
      ['an access token', ofPool(accessToken), 200],
      ['an access token of another client', ofPool({ ...accessToken, client_id: 'client-2' }), 401, 403],
      ['an ID token', ofPool(idToken), 401, 403],
      anonymous,
    ],
  },
  {
    there: "`CognitoJwtVerifier`, `tokenUse: 'id'`",
    theirs: theirPool({ tokenUse: 'id' }),
    ours: ourPool({ audience: 'client-1' }, requireClaims({ token_use: 'id' })),
    asked: [
      ['an ID token', ofPool(idToken), 200],
      ['an ID token of another client', ofPool({ ...idToken, aud: 'client-2' }), 401],
      ['an access token', ofPool(accessToken), 401],
    ],
  },
  {
    there: '`groups`',
    theirs: theirPool({ tokenUse: 'access', groups: 'admins' }),
    ours: ourPool(
      { audience: null },
      requireClaims({ token_use: 'access', client_id: 'client-1', 'cognito:groups': 'admins' }),
    ),
    asked: [
      ['a member', ofPool({ ...accessToken, 'cognito:groups': ['admins', 'staff'] }), 200],
      ['somebody else', ofPool({ ...accessToken, 'cognito:groups': ['staff'] }), 401, 403],
    ],
  },
]
