const { createTestIssuer } = require('@bearerkit/testing')

void require('./protect.cjs')({
  core: require('@bearerkit/core'),
  bearerExpress: require('@bearerkit/express'),
  bearerFastify: require('@bearerkit/fastify'),
  bearerFetch: require('@bearerkit/fetch'),
  bearerKoa: require('@bearerkit/koa'),
  bearerNestjs: require('@bearerkit/nestjs'),
  bearerNode: require('@bearerkit/node'),
  createTestIssuer,
  express: require('express'),
  fastify: require('fastify'),
  Koa: require('koa'),
  nestCommon: require('@nestjs/common'),
  nestCore: require('@nestjs/core'),
  nestExpress: require('@nestjs/platform-express'),
})
