const events = require('node:events')
const { createServer } = require('node:http')

/** Puts a good and a bad token to the SDK's middleware, prints the statuses, and the challenge to the bad token. */
module.exports = async function ask({ core, createTestIssuer, express, requireBearerAuth, errors }) {
  const issuer = await createTestIssuer()
  const verifier = new core.TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience })
  const app = express()
  app.use(requireBearerAuth({ verifier: core.toMcpVerifier(verifier, errors) }))
  app.use((_req, res) => res.end())

  const server = createServer(app).listen(0, '127.0.0.1')
  await events.once(server, 'listening')
  for (const token of [await issuer.issue(), await issuer.forged.expired()]) {
    const url = `http://127.0.0.1:${server.address().port}/`
    const { status } = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    console.log(status)
  }
  server.closeAllConnections()
  server.close()
  await issuer.close()
}
