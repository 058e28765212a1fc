import { describeAdapter } from '@bearerkit/testing/contract'
import { startOnExpress, startOnFastify } from './contract-app.ts'

describeAdapter('Nest on Express', startOnExpress)
describeAdapter('Nest on Fastify', startOnFastify)
