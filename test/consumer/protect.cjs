const { createServer } = require('node:http')

/** Protects an app of each framework and prints its answers with a good token and without one. */
module.exports = async function protect({
  core,
  bearerExpress,
  bearerFastify,
  bearerFetch,
  bearerKoa,
  bearerNestjs,
  bearerNode,
  createTestIssuer,
  express,
  fastify,
  Koa,
  nestCommon,
  nestCore,
  nestExpress,
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

  const nestApp = await nestApplication({ bearerNestjs, nestCommon, nestCore, nestExpress }, options)

  const handlers = {
    express: expressApp,
    koa: koaApp.callback(),
    fastify: fastifyApp.routing,
    nestjs: nestApp.getHttpAdapter().getInstance(),
    node: nodeListener,
  }
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
  await nestApp.close()

  const fetchHandler = bearerFetch.protect(bearerFetch.verifyJwt(options), (request) =>
    Response.json(request.auth.claims),
  )
  const good = await fetchHandler(new Request('http://localhost/', { headers: await headersOf(issuer) }))
  const anonymous = await fetchHandler(new Request('http://localhost/'))
  console.log('fetch', good.status, anonymous.status)
  await issuer.close()
}

/** JavaScript has no decorators yet, so they are called. */
async function nestApplication({ bearerNestjs, nestCommon, nestCore, nestExpress }, options) {
  class Claims {
    get(auth) {
      return auth.claims
    }
  }
  nestCommon.Controller()(Claims)
  nestCommon.Get()(Claims.prototype, 'get', Object.getOwnPropertyDescriptor(Claims.prototype, 'get'))
  bearerNestjs.Auth()(Claims.prototype, 'get', 0)

  class AppModule {}
  const guard = { provide: nestCore.APP_GUARD, useValue: bearerNestjs.verifyJwt(options) }
  nestCommon.Module({ controllers: [Claims], providers: [guard] })(AppModule)
  const app = await nestCore.NestFactory.create(AppModule, new nestExpress.ExpressAdapter(), { logger: false })
  return app.init()
}

async function headersOf(issuer) {
  return { authorization: `Bearer ${await issuer.issue()}` }
}
