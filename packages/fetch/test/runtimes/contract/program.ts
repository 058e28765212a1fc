// Runs the contract suite in this process, on Bun or on Deno, and prints the results as JSON. The argument names the server:
// `node:http`, or the runtime's own.
import { describeSurface } from '../../../../testing/src/contract/adapter/describe-adapter.ts'
import { startPlain } from '../../plain-app.ts'
import { inapplicable } from './inapplicable.ts'
import { leavingOut } from './leaving-out.ts'
import { startNatively } from './native-server.ts'
import { Sequence } from './sequence.ts'

const surface = process.argv.at(-1) as keyof typeof inapplicable
const sequence = new Sequence()
const framework = leavingOut(inapplicable[surface], sequence)
const start = surface.endsWith('.serve') ? startNatively : startPlain
describeSurface(surface, start, { framework, hasChannel: true })
sequence.run().then((results) => console.log(JSON.stringify(results)), console.error)
