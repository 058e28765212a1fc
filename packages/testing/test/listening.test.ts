import type { RequestListener } from 'node:http'
import { createTestIssuer, type LoggedRequest, type TestIssuer, type ListeningOptions } from '@bearerkit/testing'

const open: TestIssuer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((issuer) => issuer.close()))
})

async function start(options: ListeningOptions = {}): Promise<TestIssuer> {
  const issuer = await createTestIssuer(options)
  open.push(issuer)
  return issuer
}

async function metadataAt(issuer: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`)
  return (await response.json()) as Record<string, unknown>
}

describe('the options `port` and `host`', () => {
  it('let it listen on a fixed port, also after an earlier issuer has closed', async () => {
    const former = await start()
    const port = Number(new URL(former.issuer).port)
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await former.close()
    const { issuer } = await start({ port })
    expect(issuer).toBe(`http://127.0.0.1:${port}`)
    expect(await metadataAt(issuer)).toMatchObject({ issuer })
  })

  it.each([
    ['localhost', /^http:\/\/localhost:\d+$/],
    ['::1', /^http:\/\/\[::1\]:\d+$/],
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['::', /^http:\/\/\[::1\]:\d+$/],
  ])('name the host %s in its URLs so that clients on this machine can connect', async (host, expected) => {
    const { issuer } = await start({ host })
    expect(issuer).toMatch(expected)
    expect(await metadataAt(issuer)).toMatchObject({ issuer })
  })
})

describe('the option `origin`', () => {
  it('replaces its own address in all of its URLs', async () => {
    const { issuer, jwksUrl } = await start({ origin: 'http://issuer:9000', path: '/tenant' })
    expect([issuer, jwksUrl]).toEqual(['http://issuer:9000/tenant', 'http://issuer:9000/tenant/jwks.json'])
  })

  it.each(['issuer:9000', 'http://issuer/', 'http://issuer/path', 'ftp:', ''])(
    'must be an origin, not %j',
    async (origin) => {
      await expect(start({ origin })).rejects.toMatchObject({ code: 'configuration_invalid', option: 'origin' })
    },
  )
})

test('the option `metadata` adds members to its metadata, replaces some and removes others', async () => {
  const metadata = {
    revocation_endpoint: 'https://a.example/revoke',
    jwks_uri: 'https://b.example/',
    token_endpoint: undefined,
  }
  const found = await metadataAt((await start({ metadata })).issuer)
  expect(found).toMatchObject({ revocation_endpoint: 'https://a.example/revoke', jwks_uri: 'https://b.example/' })
  expect(found).not.toHaveProperty('token_endpoint')
})

describe('the option `otherwise`', () => {
  const page: RequestListener = (request, response) => void response.end(`the page ${request.url}`)

  it('answers requests for paths that are not those of the issuer', async () => {
    const { issuer, requests } = await start({ otherwise: page })
    expect(await (await fetch(`${issuer}/page?a=b`)).text()).toBe('the page /page?a=b')
    expect(await metadataAt(issuer)).toMatchObject({ issuer })
    expect(requests.total).toBe(1)
  })

  it.each([{ kind: 'down' } as const, { kind: 'status', status: 500 } as const])(
    'still answers them while the issuer has the fault $kind',
    async (fault) => {
      const issuer = await start({ otherwise: page })
      issuer.fail(fault)
      expect(await (await fetch(`${issuer.issuer}/`)).text()).toBe('the page /')
    },
  )
})

test('requests.watch() tells of each request until it is ended', async () => {
  const { jwksUrl, requests } = await start()
  const seen: LoggedRequest[] = []
  await fetch(jwksUrl)
  const end = requests.watch((request) => void seen.push(request))
  await fetch(jwksUrl, { method: 'HEAD' })
  end()
  await fetch(jwksUrl)
  expect(seen).toEqual([expect.objectContaining({ method: 'HEAD', path: '/jwks.json' })])
  expect(requests.jwks).toBe(3)
})
