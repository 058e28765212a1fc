import type { Rows } from './rows.ts'

export const healthRows: Rows = {
  '`/live` without a token': (client) => client.statusOf('/live'),
  async '`/ready` without a token, after the keys were fetched'(client) {
    // Without a request before: the server fetches the keys at its start.
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await client.statusOf('/ready')) === 200) return 200
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return client.statusOf('/ready')
  },
  '`/me` without a token': (client) => client.statusOf('/me'),
  '`/livestock` without a token': (client) => client.statusOf('/livestock'),
  '`/live` with a bad token': (client) => client.statusOf('/live', client.bearing('nonsense')),
  '`/me` with a token': (client) => client.statusOf('/me', client.bearing()),
}
