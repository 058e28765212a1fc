import * as core from '@bearerkit/core'
import * as bearerExpress from '@bearerkit/express'
import * as bearerFastify from '@bearerkit/fastify'
import * as bearerFetch from '@bearerkit/fetch'
import * as bearerKoa from '@bearerkit/koa'
import * as bearerNestjs from '@bearerkit/nestjs'
import * as bearerNode from '@bearerkit/node'
import { createTestIssuer } from '@bearerkit/testing'
import * as nestCommon from '@nestjs/common'
import * as nestCore from '@nestjs/core'
import * as nestExpress from '@nestjs/platform-express'
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
  bearerNestjs,
  bearerNode,
  createTestIssuer,
  express,
  fastify,
  Koa,
  nestCommon,
  nestCore,
  nestExpress,
})
