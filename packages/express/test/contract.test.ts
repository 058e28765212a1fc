import { describeAdapter } from '@bearerkit/testing/contract'
import { startExpress4, startExpress5 } from './contract-app.ts'

describeAdapter('Express 5', startExpress5)
describeAdapter('Express 4', startExpress4)
