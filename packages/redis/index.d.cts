// @ts-nocheck
// Node's require() loads ES modules. TypeScript under `module: node16` does not know that, and refuses the next line.
export * from './dist/index.js'
