const { RequestRefusedError } = require('@bearerkit/core')
const bearerExpress = require('@bearerkit/express')
const bearerFastify = require('@bearerkit/fastify')
const bearerKoa = require('@bearerkit/koa')
const { createTestIssuer } = require('@bearerkit/testing')
const express = require('express')
const fastify = require('fastify')
const Koa = require('koa')
const request = require('supertest')

let issuer
let options

beforeAll(async () => {
  issuer = await createTestIssuer()
  options = { issuer: issuer.issuer, audience: issuer.audience }
})
afterAll(() => issuer.close())

test.each([
  ['Express', () => express().use(bearerExpress.verifyJwt(options), (_req, res) => res.end())],
  [
    'Koa',
    () =>
      new Koa()
        .use(bearerKoa.verifyJwt(options))
        .use((ctx) => (ctx.body = 'fine'))
        .callback(),
  ],
])('%s through supertest', async (_, app) => {
  const client = request(app())
  await client.get('/').expect(401)
  await client
    .get('/')
    .auth(await issuer.issue(), { type: 'bearer' })
    .expect(200)
})

test('Fastify through inject', async () => {
  const app = fastify()
  await app.register(bearerFastify.verifyJwt, options)
  app.get('/', async () => 'fine')
  const authorization = `Bearer ${await issuer.issue()}`
  expect((await app.inject('/')).statusCode).toBe(401)
  expect((await app.inject({ url: '/', headers: { authorization } })).statusCode).toBe(200)
})

test('all packages share one core', () => {
  expect(bearerExpress.RequestRefusedError).toBe(RequestRefusedError)
})
