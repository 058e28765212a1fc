// Started by express.ts: runs one server with DPoP and sends its port to the parent.
import type { AddressInfo } from 'node:net'
import { appWith } from '../http/express.ts'
import { type ProofSetup, subjects } from './subjects.ts'

const [, , subject, setup] = process.argv
const app = await appWith(await subjects[String(subject)]?.(JSON.parse(String(setup)) as ProofSetup))
const server = app.listen(() => process.send?.((server.address() as AddressInfo).port))
// Ends with the parent.
process.on('disconnect', () => process.exit())
