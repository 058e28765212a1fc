import { join } from 'node:path'
import * as express from '@bearerkit/express'
import * as fastify from '@bearerkit/fastify'
import * as fetch from '@bearerkit/fetch'
import * as hono from '@bearerkit/fetch/hono'
import * as koa from '@bearerkit/koa'
import * as nestjs from '@bearerkit/nestjs'
import * as node from '@bearerkit/node'
import { root } from './documented-examples.ts'
import { LanguageServer } from './support/language-server.ts'

/** Tests the texts that an editor shows for the exports of the adapters, from the published declarations. */
const adapters = { express, koa, fastify, node, fetch, 'fetch/hono': hono, nestjs }

let server: LanguageServer

beforeAll(async () => {
  server = await LanguageServer.start(root)
})

afterAll(() => server.stop())

describe.each(Object.entries(adapters))('@bearerkit/%s', (name, exports) => {
  // Outside the test project, whose declarations would add to those of the package.
  const path = join(root, `hover-${name.replace('/', '-')}.ts`)
  const names = Object.keys(exports).toSorted()
  const program = [`import { ${names.join(', ')} } from '@bearerkit/${name}'`, ...names.map((one) => `void ${one}`)]

  beforeAll(() => server.open(path, program.join('\n')))

  test.each(names)('%s shows its type and its documentation', async (one) => {
    const text = signatureFirst(await server.hover(path, names.indexOf(one) + 1, 'void '.length))
    expect(text).toMatch(/```\n\S/)
    expect(text).toMatchSnapshot()
  })
})

/** Formats functions and function constants the same, `requireScopes (scope: string) => Guard`, without links to files. */
function signatureFirst(hover: string): string {
  return hover
    .replaceAll(/\[(\w+)\]\(file:[^)]*\)/g, '$1')
    .replace(/^```typescript\n\(alias\) (?:function|const|class) /, '```typescript\n')
    .replace(/^(```typescript\n\w+)(?:: )?((?:<[^(]*>)?\([^)]*\))(?: =>|:) /, '$1 $2 => ')
}
