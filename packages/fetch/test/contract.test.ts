import { describeAdapter } from '@bearerkit/testing/contract'
import { startHono } from './hono-app.ts'
import { startPlain } from './plain-app.ts'

describeAdapter('fetch', startPlain)
describeAdapter('Hono', startHono)
