import * as core from '@bearerkit/core'
import * as bearerExpress from '@bearerkit/express'
import * as bearerFastify from '@bearerkit/fastify'
import * as bearerFetch from '@bearerkit/fetch'
import * as bearerKoa from '@bearerkit/koa'
import * as bearerNode from '@bearerkit/node'
import { createTestIssuer } from '@bearerkit/testing'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import protect from './protect.cjs'

await protect({
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
})
