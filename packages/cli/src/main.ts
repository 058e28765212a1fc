#!/usr/bin/env node
import { processRuntime } from './frame/runtime.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), processRuntime())
