import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TokenVerifier } from '@bearerkit/core'
import { transformSync } from 'esbuild'
import { documentedExamples, root } from './documented-examples.ts'
import { createKeys, type Keys, type Token } from './documented/keys.ts'
import { type Internet, startInternet, withoutScheme } from './documented/internet.ts'
import { type Section, sectionsOf } from './documented/sections.ts'
import { type DocumentedServers, startDocumentedServers } from './documented/servers.ts'
import { providers } from './providers/providers.ts'
import { clusterKeys, kubernetes } from './providers/shapes/kubernetes.ts'
import type { Recipe, Row } from './providers/shape.ts'

const recipes = Object.entries(providers).flatMap(([name, provider]) =>
  Object.entries(provider.recipes).map(([heading, recipe]) => ({ name, heading, recipe })),
)

function sectionsOfProvider(name: string): Section[] {
  return sectionsOf(`docs/providers/${name}.md`)
}

let keys: Keys
let internet: Internet
let servers: DocumentedServers

beforeAll(async () => {
  keys = createKeys()
  const documents = Object.values(providers).flatMap((provider) =>
    Object.entries(provider.documents(keys.publicMembers)),
  )
  internet = await startInternet(new Map(documents.map(([url, document]) => [withoutScheme(url), document])))
  const examples = documentedExamples().filter(({ page }) => page.startsWith('docs/providers/'))
  servers = await startDocumentedServers(examples, {
    INTERNET: internet.origin,
    SERVICE_ACCOUNT_TOKEN: join(root, 'test/providers/service-account-token.txt'),
  })
})

afterAll(async () => {
  internet.close()
  await servers.stop()
})

function fetchHere(url: string | URL, init?: RequestInit): Promise<Response> {
  return fetch(`${internet.origin}/${withoutScheme(String(url))}`, init)
}

/** What a verifier with no more than the issuer and the audience says. */
async function plainAnswer({ plain }: Recipe, token: string): Promise<string> {
  try {
    await new TokenVerifier({ ...plain, fetch: fetchHere }).verify(token)
    return 'passes'
  } catch (error) {
    return (error as { code: string }).code
  }
}

function pathOf([what]: Row): string {
  return / at `(\/\w+)`/.exec(what)?.[1] ?? '/me'
}

describe.each(recipes)('$name: $heading', ({ name, heading, recipe }) => {
  const section = sectionsOfProvider(name).find((one) => one.heading === heading)

  test('the page has the recipe, and a table of what it answers', () => {
    expect(section?.titles.length).toBeGreaterThan(0)
    expect(section?.rows).toEqual(recipe.rows.map(([what, , status]) => [what, status]))
  })

  test('the page shows an attack', () => {
    expect(recipe.rows.some(([, , status]) => status !== 200)).toBe(true)
  })

  test.each(recipe.rows.map((row) => [row[2], row[0], row] as const))('answers %i to %s', async (status, _, row) => {
    const [, token, , reason = 'passes'] = row
    const bearer = keys.signed(token)
    expect(await plainAnswer(recipe, bearer)).toBe(reason)
    for (const title of section?.titles ?? []) {
      const url = servers.originOf(title) + pathOf(row)
      const response = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })
      expect({ title, status: response.status }).toEqual({ title, status })
    }
  })

  test('refuses a request without a token, and a token that somebody else has signed', async () => {
    const good = recipe.rows.find(([, , status]) => status === 200)?.[1]
    const forged = keys.signed({ ...(good as Token), key: 'stranger' })
    for (const title of section?.titles ?? []) {
      const url = `${servers.originOf(title)}/me`
      expect((await fetch(url)).status).toBe(401)
      expect((await fetch(url, { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401)
    }
  })
})

test.each(documentedExamples().filter(({ page }) => page.startsWith('docs/providers/')))(
  'the server of $title is JavaScript as well, to be run without a build',
  ({ code }) => {
    expect(transformSync(code, { loader: 'js' }).warnings).toEqual([])
  },
)

test('the keys of a Kubernetes cluster are fetched with the token of the pod', async () => {
  const title = String(sectionsOfProvider('kubernetes')[0]?.titles[0])
  const bearer = keys.signed(kubernetes.recipes['Protect an API']?.rows[0]?.[1] ?? '')
  await fetch(`${servers.originOf(title)}/me`, { headers: { authorization: `Bearer ${bearer}` } })
  expect(internet.headersOf(clusterKeys)?.authorization).toBe('Bearer a-projected-token')
})

test('every page of a provider is tested, and every example on it', () => {
  const pages = readdirSync(join(root, 'docs/providers')).map((file) => file.replace('.md', ''))
  expect(Object.keys(providers).toSorted()).toEqual(pages.toSorted())
  for (const name of pages)
    expect(sectionsOfProvider(name).map(({ heading }) => heading)).toEqual(Object.keys(providers[name]?.recipes ?? {}))
})
