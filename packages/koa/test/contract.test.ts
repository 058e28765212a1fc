import { describeAdapter } from '@bearerkit/testing/contract'
import { startKoa2, startKoa3 } from './contract-app.ts'

describeAdapter('Koa 3', startKoa3)
describeAdapter('Koa 2', startKoa2)
