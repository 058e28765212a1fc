// Runs the contract suite in this process, on Bun or on Deno, and prints the results as JSON.
import { describeSurface } from '../../../../testing/src/contract/adapter/describe-adapter.ts'
import { startPlain } from '../../plain-app.ts'
import { inapplicable } from './inapplicable.ts'
import { leavingOut } from './leaving-out.ts'
import { Sequence } from './sequence.ts'

const runtime = 'Bun' in globalThis ? 'Bun' : 'Deno'
const sequence = new Sequence()
describeSurface('fetch', startPlain, { framework: leavingOut(inapplicable[runtime], sequence), hasChannel: true })
sequence.run().then((results) => console.log(JSON.stringify({ runtime, ...results })), console.error)
