import { authOf, verifyJwt } from '@bearerkit/express'
import express from 'express'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = express()
app.use(verifyJwt({ ...options, property: 'caller' }))
app.get('/', (req, res) => {
  const tenant: string | undefined = req.caller.claims.tenant
  const { token }: { token?: string } = authOf(req) ?? {}
  // @ts-expect-error the auth context has another name
  void req.auth
  res.json([tenant, token])
})
