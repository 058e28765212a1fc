import { describeAdapter } from '@bearerkit/testing/contract'
import { startFastify5 } from './contract-app.ts'

describeAdapter('Fastify 5', startFastify5)
