import type { AuthContext } from '@bearerkit/express'
import { verifyJwt } from '@bearerkit/express'
import express from 'express'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = express()
app.use(verifyJwt({ ...options, mode: 'optional' }))
app.get('/', (req, res) => {
  const auth: AuthContext | undefined = req.auth
  const tenant: string | undefined = req.auth?.claims.tenant
  // @ts-expect-error the request may be anonymous
  void req.auth.claims
  res.json([auth, tenant])
})
