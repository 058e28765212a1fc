const { createServer } = require('node:http')

/** Protects an app of each framework and prints its answers with a good token and without one. */
module.exports = async function protect({
  core,
  bearerExpress,
  bearerFastify,
  bearerFetch,
  bearerKoa,
  bearerNode,
  createTestIssuer,
  express,
  fastify,
  Koa,
}) {
  const issuer = await createTestIssuer()
  const options = { issuer: issuer.issuer, audience: issuer.audience }
  if (!(new core.TokenError('token_malformed') instanceof core.BearerKitError)) throw new Error('two copies of core')

  const expressApp = express().use(bearerExpress.verifyJwt(options))
  expressApp.use((req, res) => res.json(req.auth.claims))

  const koaApp = new Koa().use(bearerKoa.verifyJwt(options))
  koaApp.use((ctx) => (ctx.body = ctx.state.auth.claims))

  const fastifyApp = fastify()
  await fastifyApp.register(bearerFastify.verifyJwt, options)
  fastifyApp.get('/', async (request) => request.auth.claims)
  await fastifyApp.ready()

  const nodeListener = bearerNode.protect(bearerNode.verifyJwt(options), (req, res) =>
    res.end(JSON.stringify(req.auth.claims)),
  )

  const handlers = { express: expressApp, koa: koaApp.callback(), fastify: fastifyApp.routing, node: nodeListener }
  for (const [name, handler] of Object.entries(handlers)) {
    const server = createServer(handler)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${server.address().port}/`
    const good = await fetch(url, { headers: await headersOf(issuer) })
    const anonymous = await fetch(url)
    console.log(name, good.status, anonymous.status)
    server.closeAllConnections()
    server.close()
  }
  await fastifyApp.close()

  const fetchHandler = bearerFetch.protect(bearerFetch.verifyJwt(options), (request) =>
    Response.json(request.auth.claims),
  )
  const good = await fetchHandler(new Request('http://localhost/', { headers: await headersOf(issuer) }))
  const anonymous = await fetchHandler(new Request('http://localhost/'))
  console.log('fetch', good.status, anonymous.status)
  await issuer.close()
}

async function headersOf(issuer) {
  return { authorization: `Bearer ${await issuer.issue()}` }
}
