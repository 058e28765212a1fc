// Started by server.ts: runs one protected server and sends its port to the parent.
import type { AddressInfo } from 'node:net'
import { type FrameworkName, frameworks } from './frameworks.ts'
import type { Setup } from './subject.ts'

const [, , framework, subject, setup] = process.argv
const { start } = await frameworks[framework as FrameworkName]()
const app = await start(String(subject), JSON.parse(String(setup)) as Setup)
const server = app.listen(() => process.send?.((server.address() as AddressInfo).port))
// Ends with the parent.
process.on('disconnect', () => process.exit())
