#!/usr/bin/env node
// The compiler writes files that cannot be executed, so this program is not one of them.
import { processRuntime } from './dist/frame/runtime.js'
import { run } from './dist/run.js'

process.exitCode = await run(process.argv.slice(2), processRuntime())
