// Compiled but never run: the package declares `req.auth` too.
import { verifyJwt } from '@bearerkit/express'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

declare module '@bearerkit/express' {
  interface Register {
    property: 'caller'
  }
}

const audience = 'https://api.example.com'

const app = express()
app.use('/new', verifyJwt({ issuer: 'https://issuer.example.com', audience, property: 'caller' }))
app.get('/new/me', (req, res) => {
  const subject: string | undefined = req.caller.claims.sub
  res.json(subject)
})
app.use('/old', auth({ issuerBaseURL: 'https://issuer.example.com', audience }))
app.get('/old/me', (req, res) => {
  const subject: string | undefined = req.auth?.payload.sub
  res.json(subject)
})
