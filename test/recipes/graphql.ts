import type { Client } from './client.ts'
import type { Rows } from './rows.ts'

interface Result {
  readonly data?: Readonly<Record<string, unknown>>
  readonly errors?: readonly { readonly path: readonly string[]; readonly extensions: { readonly code: string } }[]
}

async function query(client: Client, document: object, token?: string): Promise<{ status: number; result: Result }> {
  const response = await fetch(`${client.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : client.bearing(token)) },
    body: JSON.stringify(document),
  })
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, result: isJson ? ((await response.json()) as Result) : {} }
}

export const graphqlRows: Rows = {
  async 'a query with a token'(client) {
    const { status, result } = await query(client, { query: '{ me revenue }' }, client.token({ scope: 'revenue:read' }))
    expect(result).toEqual({ data: { me: 'user-1', revenue: '42 EUR' } })
    return status
  },
  'a query without a token': async (client) =>
    (await query(client, { query: '{ __schema { queryType { name } } }' })).status,
  async 'a field without its scope'(client) {
    const { status, result } = await query(client, { query: '{ me revenue }' }, client.token())
    expect(result.data).toEqual({ me: 'user-1', revenue: null })
    expect(result.errors).toMatchObject([{ path: ['revenue'], extensions: { code: 'FORBIDDEN' } }])
    return status
  },
  async 'an alias for a field without its scope'(client) {
    const { status, result } = await query(client, { query: '{ me: revenue }' }, client.token())
    expect(result.data).toEqual({ me: null })
    return status
  },
  async 'several operations in one document, with one token'(client) {
    const document = { query: 'query A { me } query B { revenue }', operationName: 'B' }
    const { status, result } = await query(client, document, client.token())
    expect(result.data).toEqual({ revenue: null })
    return status
  },
}
