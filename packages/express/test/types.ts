// Compiled, never run: what user code may write without a cast, and what must not compile.
import { LocalKeyProvider, RemoteJwksKeyProvider } from '@bearerkit/core'
import { type AuthContext, jwksHandler, requireScopes, verifyJwt } from '@bearerkit/express'
import express from 'express'

const app = express()
const issuer = 'https://issuer.example.com'
const audience = ['https://api.example.com', 'https://old-api.example.com']

app.use(verifyJwt())
app.use(verifyJwt({ issuer, audience, clockTolerance: '10s', algorithms: ['ES256'], mode: 'optional' }))
app.use('/part', verifyJwt({ issuer, audience: null, keys: new LocalKeyProvider() }))
app.get('/me', requireScopes('a', 'b'), (req, res) => {
  const auth: AuthContext = req.auth
  const subject: string | undefined = req.auth.claims.sub
  const scopes: readonly string[] = req.auth.scopes
  const kid: string | undefined = req.auth.header.kid
  res.json({ auth, subject, scopes, kid })

  // @ts-expect-error there is no such member
  void req.auth.user
  // @ts-expect-error exp is a number
  const exp: string = req.auth.claims.exp
  void exp
})
app.get('/jwks', jwksHandler(new LocalKeyProvider()), jwksHandler(new RemoteJwksKeyProvider({ issuer })))

// @ts-expect-error no such option
verifyJwt({ issuer, audience, audiance: 'x' })
// @ts-expect-error no such unit
verifyJwt({ issuer, audience, clockTolerance: '5 minutes' })
// @ts-expect-error no such mode
verifyJwt({ issuer, audience, mode: 'relaxed' })
// @ts-expect-error a scope is a string
requireScopes(['a'])
// @ts-expect-error not a key provider
jwksHandler({ keys: [] })
