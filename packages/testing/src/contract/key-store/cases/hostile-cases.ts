import assert from 'node:assert/strict'
import type { KeyStoreCases } from '../case.ts'

/** Ids that are special to file systems, to JavaScript, to SQL, to Redis, or to whoever puts names together. */
const ids: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '../../escape',
  '/etc/passwd',
  'C:\\con',
  'a/b',
  'a\\b',
  'Orders',
  'orders',
  'ORDERS ',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  '0',
  '-1',
  'a\nb',
  'a\tb',
  'a:b',
  'a-b',
  '{a}',
  '*',
  '%',
  '%2e%2e',
  "'; drop table records; --",
  '"',
  'clé',
  'cle\u0301',
  '鍵',
  '🔑',
  'm',
  'r',
  'x'.repeat(1024),
]

const megabyte = 2 ** 20

const values: Readonly<Record<string, string>> = {
  'no text': '',
  'white space': ' \r\n\t ',
  'a null character': 'a\0b',
  JSON: '{"__proto__":{"a":1}}',
  'quotes and backslashes': '"\\"\'`',
  'other scripts': 'clé 鍵 🔑 \u2028 \ufeff',
  'a megabyte': 'x'.repeat(megabyte),
  'a megabyte of other scripts': '鍵'.repeat(megabyte / 3),
}

export const hostileCases: KeyStoreCases = {
  async 'ids that look like something else, each as a record of its own'(connect) {
    const [one, other] = [await connect(), await connect()]
    for (const id of ids) assert.ok(await one.create(id, `value of ${id}`), `no record could be made for the id ${id}`)
    assert.deepEqual(await other.values(), Object.fromEntries(ids.map((id) => [id, `value of ${id}`])))
    for (const { id, revision } of (await other.follow()).values())
      assert.ok(await other.write({ id, value: undefined, ifRevision: revision }))
    assert.deepEqual(await one.values(), {})
  },

  ...Object.fromEntries(
    Object.entries(values).map(([what, value]): [string, KeyStoreCases[string]] => [
      `a value of ${what}`,
      async (connect) => {
        const [one, other] = [await connect(), await connect()]
        await other.follow()
        assert.ok(await one.create('orders', value))
        assert.ok((await other.follow()).get('orders')?.value === value, 'it is another value')
        assert.ok((await one.read()).records[0]?.value === value, 'it is another value')
      },
    ]),
  ),
}
