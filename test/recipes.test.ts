import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { documentedExamples, root } from './documented-examples.ts'
import { type Internet, startInternet, withoutScheme } from './documented/internet.ts'
import { createKeys, jwks } from './documented/keys.ts'
import { type Section, sectionsOf } from './documented/sections.ts'
import { type DocumentedServers, startDocumentedServers } from './documented/servers.ts'
import { Client, issuer } from './recipes/client.ts'
import { corsRows } from './recipes/cors.ts'
import { graphqlRows } from './recipes/graphql.ts'
import { healthRows } from './recipes/health.ts'
import { accessIssuer, gatewayRows, proxyRows } from './recipes/proxy.ts'
import type { Rows } from './recipes/rows.ts'
import { serverlessRows } from './recipes/serverless.ts'
import { eventRows, webSocketRows } from './recipes/streams.ts'

/** By page and heading. */
const recipes: Readonly<Record<string, Readonly<Record<string, Rows>>>> = {
  cors: { 'One origin': corsRows },
  graphql: { 'Express with graphql-http': graphqlRows },
  health: { 'Live and ready': healthRows },
  proxy: { 'A gateway that strips a prefix, with DPoP': gatewayRows, 'A proxy that signs users in': proxyRows },
  serverless: { 'AWS Lambda with Hono': serverlessRows },
  streams: { 'Server-sent events': eventRows, WebSockets: webSocketRows },
}

const tables = Object.entries(recipes).flatMap(([page, sections]) =>
  Object.entries(sections).map(([heading, rows]) => ({ page, heading, rows })),
)

const keys = createKeys()
let internet: Internet
let servers: DocumentedServers

beforeAll(async () => {
  const set = jwks(keys.publicMembers, [['first', { kid: '1', use: 'sig', alg: 'RS256' }]])
  const documents = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: set,
    [`${accessIssuer}/cdn-cgi/access/certs`]: set,
  }
  internet = await startInternet(
    new Map(Object.entries(documents).map(([url, document]) => [withoutScheme(url), document])),
  )
  const examples = documentedExamples().filter(({ page }) => page.startsWith('docs/recipes/'))
  servers = await startDocumentedServers(examples, { INTERNET: internet.origin })
})

afterAll(async () => {
  internet.close()
  await servers.stop()
})

function sectionOf(page: string, heading: string): Section | undefined {
  return sectionsOf(`docs/recipes/${page}.md`).find((one) => one.heading === heading)
}

describe.each(tables)('$page: $heading', ({ page, heading, rows }) => {
  const section = sectionOf(page, heading)

  test('the page shows what it answers', () => {
    expect(section?.rows.map(([what]) => what)).toEqual(Object.keys(rows))
  })

  test.each(section?.rows ?? [])('answers %s with %i', async (what, status) => {
    for (const title of section?.titles ?? []) {
      const client = new Client(servers.originOf(title), keys)
      expect({ title, status: await rows[what]?.(client) }).toEqual({ title, status })
    }
  })
})

test('every recipe is tested', () => {
  const pages = readdirSync(join(root, 'docs/recipes')).map((file) => file.replace('.md', ''))
  const shown = pages.map((page) => [page, sectionsOf(`docs/recipes/${page}.md`).map(({ heading }) => heading)])
  expect(shown).toEqual(pages.map((page) => [page, Object.keys(recipes[page] ?? {})]))
})
