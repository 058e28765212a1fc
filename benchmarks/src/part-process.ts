// Started by own-process.ts: measures one part and sends the outcome to the parent.
import { parts } from './parts.ts'
import type { Scale } from './scale.ts'

const [, , suite, name, scale] = process.argv
const part = parts.find((one) => one.suite === suite && one.name === name)
if (part === undefined) throw new Error(`there is no part ${suite}, ${name}`)
const { measure } = await part.load()
const outcome = await measure(JSON.parse(scale ?? '') as Scale)
process.send?.(outcome, () => process.exit())
