import { join } from 'node:path'
import * as express from '@bearerkit/express'
import * as fastify from '@bearerkit/fastify'
import * as koa from '@bearerkit/koa'
import { root } from './documented-examples.ts'
import { LanguageServer } from './support/language-server.ts'

/** What an editor shows over the exports of the adapters, by the declarations that are published. */
const adapters = { express, koa, fastify }

let server: LanguageServer

beforeAll(async () => {
  server = await LanguageServer.start(root)
})

afterAll(() => server.stop())

describe.each(Object.entries(adapters))('@bearerkit/%s', (name, exports) => {
  // Outside of the project of the tests, whose declarations would add to those of the package.
  const path = join(root, `hover-${name}.ts`)
  const names = Object.keys(exports).toSorted()
  const program = [`import { ${names.join(', ')} } from '@bearerkit/${name}'`, ...names.map((one) => `void ${one}`)]

  beforeAll(() => server.open(path, program.join('\n')))

  test.each(names)('%s shows its type and its documentation', async (one) => {
    const text = signatureFirst(await server.hover(path, names.indexOf(one) + 1, 'void '.length))
    expect(text).toMatch(/```\n\S/)
    expect(text).toMatchSnapshot()
  })
})

/** Alike for functions and for constants that hold one, `requireScopes (scope: string) => Guard`, and without links to files. */
function signatureFirst(hover: string): string {
  return hover
    .replaceAll(/\[(\w+)\]\(file:[^)]*\)/g, '$1')
    .replace(/^```typescript\n\(alias\) (?:function|const|class) /, '```typescript\n')
    .replace(/^(```typescript\n\w+)(?:: )?((?:<[^(]*>)?\([^)]*\))(?: =>|:) /, '$1 $2 => ')
}
