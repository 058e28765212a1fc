const { createTestIssuer } = require('@bearerkit/testing')

void require('./protect.cjs')({
  core: require('@bearerkit/core'),
  bearerExpress: require('@bearerkit/express'),
  bearerFastify: require('@bearerkit/fastify'),
  bearerFetch: require('@bearerkit/fetch'),
  bearerKoa: require('@bearerkit/koa'),
  bearerNode: require('@bearerkit/node'),
  createTestIssuer,
  express: require('express'),
  fastify: require('fastify'),
  Koa: require('koa'),
})
