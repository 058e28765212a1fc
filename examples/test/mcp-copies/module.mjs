import * as core from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'
import ask from './ask.cjs'

await ask({ core, createTestIssuer, express, requireBearerAuth })
