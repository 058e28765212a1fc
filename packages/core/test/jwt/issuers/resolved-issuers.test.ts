import { TokenError, VerificationUnavailableError } from '../../../src/errors.ts'
import type { IssuerOptions } from '../../../src/jwt/issuers/issuer-options.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch, settled } from '../../support/fake-fetch.ts'
import { audience, unsigned } from '../../support/foreign-issuer.ts'
import { published, Tenant } from './tenant.ts'

const minute = 60_000

/** A verifier for tenants that can come and go. Records the calls of the resolver and the requests to the issuers. */
class Scene {
  readonly clock = new ManualClock()
  readonly tenants: readonly Tenant[]
  readonly trusted: Map<string, IssuerOptions>
  readonly remote: FakeFetch
  readonly asked: string[] = []
  readonly verifier: TokenVerifier
  /** The resolver awaits this before it returns. */
  beforeAnswer: () => Promise<unknown> = async () => undefined

  constructor(names: readonly string[], options: VerifierOptions = {}) {
    this.tenants = names.map((name) => new Tenant(name, this.clock))
    this.trusted = new Map(this.tenants.map(({ iss, options: rules }) => [iss, rules]))
    this.remote = published(...this.tenants)
    const { clock } = this
    const resolveIssuer = async (iss: string): Promise<IssuerOptions | undefined> => {
      this.asked.push(iss)
      await this.beforeAnswer()
      return this.trusted.get(iss)
    }
    this.verifier = new TokenVerifier({ clock, fetch: this.remote.fetch, resolveIssuer, ...options })
  }

  tenant(index = 0): Tenant {
    return this.tenants[index] as Tenant
  }

  async codeOf(token: string): Promise<string> {
    try {
      await this.verifier.verify(token)
      return 'passes'
    } catch (error) {
      expect([TokenError, VerificationUnavailableError].some((known) => error instanceof known)).toBe(true)
      return (error as TokenError).code
    }
  }
}

/** Creates an unsigned token that names the issuer. */
function junkFor(iss: string, claims: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 3600
  return unsigned({ alg: 'ES256', kid: 'same-kid' }, { iss, aud: audience, exp, ...claims })
}

function numbered(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`)
}

describe('a result of the resolver', () => {
  it('is trusted for issuerTtl, regardless of use', async () => {
    const scene = new Scene(['acme'])
    const token = scene.tenant().issue()
    for (let passed = 0; passed < 3.9; passed += 0.1) {
      expect(await scene.codeOf(token)).toBe('passes')
      scene.clock.advance(0.1 * minute)
    }
    expect(scene.asked).toHaveLength(1)
  })

  it('is renewed in the background before its end, and no request waits', async () => {
    const scene = new Scene(['acme'])
    const token = scene.tenant().issue()
    await scene.codeOf(token)
    scene.beforeAnswer = () => new Promise(() => undefined)
    scene.clock.advance(4.5 * minute)
    expect(scene.verifier.recallOrVerify(token)).not.toBeInstanceOf(Promise)
    expect(scene.asked).toHaveLength(2)
  })

  it('does not cause another key fetch if it is unchanged', async () => {
    const scene = new Scene(['acme'], { cacheTtl: '1h' })
    for (let rounds = 0; rounds < 12; rounds += 1) {
      expect(await scene.codeOf(scene.tenant().issue())).toBe('passes')
      await settled()
      scene.trusted.set(scene.tenant().iss, { ...scene.tenant().options })
      scene.clock.advance(minute)
    }
    expect(scene.asked).toHaveLength(3)
    expect(scene.remote.requests).toHaveLength(1)
  })

  it('with changed rules applies to cached tokens too, and keeps the keys', async () => {
    const scene = new Scene(['acme'], { cacheTtl: '1h' })
    const token = scene.tenant().issue()
    expect(await scene.codeOf(token)).toBe('passes')
    scene.trusted.set(scene.tenant().iss, { ...scene.tenant().options, audience: 'another' })
    scene.clock.advance(4.5 * minute)
    await scene.codeOf(token)
    await settled()
    expect(await scene.codeOf(token)).toBe('audience_mismatch')
    expect(scene.remote.requests).toHaveLength(1)
  })

  it('ends the trust immediately when a renewal returns undefined', async () => {
    const scene = new Scene(['acme'])
    const [former, later] = [scene.tenant().issue(), scene.tenant().issue({ sub: 'user-2' })]
    expect(await scene.codeOf(former)).toBe('passes')
    scene.trusted.clear()
    scene.clock.advance(4.5 * minute)
    expect(await scene.codeOf(former)).toBe('passes')
    await settled()
    expect(await scene.codeOf(former)).toBe('issuer_mismatch')
    expect(await scene.codeOf(later)).toBe('issuer_mismatch')
  })

  it('expires after issuerTtl in spite of constant use, even if the resolver is down', async () => {
    const scene = new Scene(['acme'])
    const token = scene.tenant().issue()
    await scene.codeOf(token)
    scene.beforeAnswer = () => Promise.reject(new Error('the database is down'))
    for (let passed = 0; passed < 5; passed += 0.5) {
      expect(await scene.codeOf(token)).toBe('passes')
      scene.clock.advance(0.5 * minute)
    }
    expect(await scene.codeOf(token)).toBe('verification_unavailable')
    scene.beforeAnswer = async () => undefined
    expect(await scene.codeOf(token)).toBe('passes')
  })

  it.each(['10s', '1h'] as const)('is trusted for a configured issuerTtl: %s', async (issuerTtl) => {
    const scene = new Scene(['acme'], { issuerTtl })
    const token = scene.tenant().issue()
    await scene.codeOf(token)
    scene.trusted.clear()
    scene.clock.advance(9999)
    expect(await scene.codeOf(token)).toBe('passes')
    await settled()
    scene.clock.advance(1)
    expect(await scene.codeOf(token)).toBe(issuerTtl === '1h' ? 'passes' : 'issuer_mismatch')
  })

  it('of null refuses the issuer', async () => {
    const { clock, remote, tenants } = new Scene(['acme'])
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, resolveIssuer: () => null })
    await expect(verifier.verify(tenants[0]?.issue() ?? '')).rejects.toMatchObject({ code: 'issuer_mismatch' })
  })

  it('with undefined options keeps the shared ones', async () => {
    const scene = new Scene(['acme'], { profile: 'rfc9068', maxTokenAge: '1m', requiredClaims: ['tenant'] })
    const rules = { ...scene.tenant().options, profile: undefined, maxTokenAge: undefined, requiredClaims: undefined }
    scene.trusted.set(scene.tenant().iss, rules)
    expect(await scene.codeOf(scene.tenant().issue())).toBe('type_not_accepted')
    const complete = { client_id: 'c', jti: 'j', tenant: 'a' }
    const typ = 'at+jwt'
    expect(await scene.codeOf(scene.tenant().issue({ ...complete, tenant: undefined }, { typ }))).toBe('claim_missing')
    const old = scene.clock.seconds() - 70
    expect(await scene.codeOf(scene.tenant().issue({ ...complete, iat: old }, { typ }))).toBe('token_too_old')
    expect(await scene.codeOf(scene.tenant().issue(complete, { typ }))).toBe('passes')
  })

  it('may be a thenable that is not a Promise of this realm', async () => {
    const { clock, remote, tenants } = new Scene(['acme'])
    const resolveIssuer = (): PromiseLike<IssuerOptions | undefined> => ({
      then: (resolve) => Promise.resolve(tenants[0]?.options).then(resolve),
    })
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, resolveIssuer })
    expect((await verifier.verify(tenants[0]?.issue() ?? '')).claims.sub).toBe('user-1')
  })
})

describe('forgetIssuer', () => {
  it('ends the trust immediately for cached and new tokens', async () => {
    const scene = new Scene(['acme', 'beta'])
    const token = scene.tenant().issue()
    const other = scene.tenant(1).issue()
    await scene.codeOf(token)
    await scene.codeOf(other)
    scene.trusted.delete(scene.tenant().iss)
    scene.verifier.forgetIssuer(scene.tenant().iss)
    expect(await scene.codeOf(token)).toBe('issuer_mismatch')
    expect(await scene.codeOf(scene.tenant().issue({ sub: 'user-2' }))).toBe('issuer_mismatch')
    expect(await scene.codeOf(other)).toBe('passes')
  })

  it('causes another call of the resolver, even right after a refusal', async () => {
    const scene = new Scene(['acme'])
    const { iss, options } = scene.tenant()
    scene.trusted.clear()
    expect(await scene.codeOf(scene.tenant().issue())).toBe('issuer_mismatch')
    scene.trusted.set(iss, options)
    scene.verifier.forgetIssuer(iss)
    expect(await scene.codeOf(scene.tenant().issue())).toBe('passes')
  })

  it('discards the result of a call in progress', async () => {
    const scene = new Scene(['acme'])
    let answer!: () => void
    scene.beforeAnswer = () => new Promise<void>((resolve) => (answer = resolve))
    const waiting = scene.codeOf(scene.tenant().issue())
    await settled()
    const { options, iss } = scene.tenant()
    scene.verifier.forgetIssuer(iss)
    const formerAnswer = answer
    formerAnswer()
    await settled()
    expect(scene.asked).toEqual([iss, iss])
    scene.trusted.set(iss, { ...options, audience: 'another' })
    answer()
    expect(await waiting).toBe('audience_mismatch')
  })

  it('refuses a token whose verification is in progress', async () => {
    let begin!: (goOn: () => void) => void
    const begun = new Promise<() => void>((resolve) => (begin = resolve))
    const validate = (value: unknown): Promise<{ value: unknown }> =>
      new Promise((resolve) => begin(() => resolve({ value })))
    const claims = { '~standard': { version: 1, vendor: 'by hand', validate } } as const
    const scene = new Scene(['acme'], { claims: claims as never })
    const waiting = scene.codeOf(scene.tenant().issue())
    const goOn = await begun
    scene.verifier.forgetIssuer(scene.tenant().iss)
    goOn()
    expect(await waiting).toBe('issuer_mismatch')
  })

  it('does not affect issuers named in the options', async () => {
    const scene = new Scene(['acme'])
    const { clock, remote } = scene
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, issuers: [scene.tenant().options] })
    verifier.forgetIssuer(scene.tenant().iss)
    expect((await verifier.verify(scene.tenant().issue())).claims.sub).toBe('user-1')
  })
})

describe('a withdrawn key of a resolved issuer', () => {
  it('is refused within its lifetime, even after the issuer was evicted and resolved again', async () => {
    const scene = new Scene(['acme', ...numbered(3, 'other')], { maxIssuers: 2, cacheTtl: '5m', staleIfError: '1h' })
    const token = scene.tenant().issue()
    expect(await scene.codeOf(token)).toBe('passes')
    for (const index of [1, 2, 3]) expect(await scene.codeOf(scene.tenant(index).issue())).toBe('passes')
    scene.remote.answers.set(scene.tenant().jwksUrl, new Tenant('acme', scene.clock).jwks)
    expect(await scene.codeOf(token)).toBe('signature_invalid')
  })
})

describe('tokens without a valid signature', () => {
  it('do not evict an issuer that is in use, and cause no more calls for it', async () => {
    const scene = new Scene(['acme', ...numbered(60, 'known')], { maxIssuers: 20 })
    const token = scene.tenant().issue()
    expect(await scene.codeOf(token)).toBe('passes')
    for (const { iss } of scene.tenants.slice(1)) await scene.codeOf(junkFor(iss))
    const questions = scene.asked.length
    const fetches = scene.remote.requests.length
    expect(scene.verifier.recallOrVerify(token)).not.toBeInstanceOf(Promise)
    expect(await scene.codeOf(scene.tenant().issue({ sub: 'user-2' }))).toBe('passes')
    expect(scene.asked).toHaveLength(questions)
    expect(scene.remote.requests).toHaveLength(fetches)
  })

  it('do not count as a use: an issuer that they name is evicted before one with valid tokens', async () => {
    const scene = new Scene(['named', 'used', 'new'], { maxIssuers: 2 })
    const [named, used, next] = scene.tenants as [Tenant, Tenant, Tenant]
    const token = used.issue()
    await scene.codeOf(named.issue())
    await scene.codeOf(token)
    for (let times = 0; times < 10; times += 1) await scene.codeOf(junkFor(named.iss, { jti: `${times}` }))
    await scene.codeOf(next.issue())
    expect(scene.verifier.recallOrVerify(token)).not.toBeInstanceOf(Promise)
  })

  it('do not affect valid tokens of the same tenants, and cause few fetches', async () => {
    const scene = new Scene(numbered(40, 'known'))
    const flood = Array.from({ length: 1000 }, (_, index) => junkFor(scene.tenant(index % 40).iss, { jti: `${index}` }))
    const good = scene.tenants.slice(0, 30).map((tenant) => tenant.issue())
    const verdicts = Promise.all(good.map((token) => scene.codeOf(token)))
    await Promise.all(flood.map((token) => scene.codeOf(token)))
    expect(new Set(await verdicts)).toEqual(new Set(['passes']))
    expect(scene.asked).toHaveLength(40)
    // Per tenant: one fetch of its keys, and two for keys that may have been replaced.
    expect(scene.remote.requests.length).toBeLessThanOrEqual(120)
  })

  it('cause a limited number of resolver calls, at most 100 at a time', async () => {
    const scene = new Scene([])
    let [underWay, most] = [0, 0]
    scene.beforeAnswer = async () => {
      most = Math.max(most, ++underWay)
      await settled()
      underWay -= 1
    }
    const strangers = numbered(5000, 'stranger').map((name) => junkFor(`https://${name}.example.com`))
    const codes = await Promise.all(strangers.map((token) => scene.codeOf(token)))
    expect(scene.asked).toHaveLength(1000)
    expect(most).toBe(100)
    expect(new Set(codes)).toEqual(new Set(['issuer_mismatch', 'verification_unavailable']))
  })

  it('cause at most ten more resolver calls per second after the budget is spent', async () => {
    const scene = new Scene([], { maxIssuers: 5 })
    for (const name of numbered(20, 'early')) await scene.codeOf(junkFor(`https://${name}.example.com`))
    expect(scene.asked).toHaveLength(5)
    scene.clock.advance(300)
    for (const name of numbered(20, 'late')) await scene.codeOf(junkFor(`https://${name}.example.com`))
    expect(scene.asked).toHaveLength(8)
  })

  it('cause no other resolver call for a name that was just refused', async () => {
    const scene = new Scene([])
    for (let times = 0; times < 50; times += 1) await scene.codeOf(junkFor('https://stranger.example.com'))
    expect(scene.asked).toHaveLength(1)
    scene.clock.advance(2001)
    await scene.codeOf(junkFor('https://stranger.example.com'))
    expect(scene.asked).toHaveLength(2)
  })
})

describe('valid tokens of many tenants', () => {
  it('never use up the budget: 100 tenants in three rounds cause 100 resolver calls and 100 fetches', async () => {
    const scene = new Scene(numbered(100, 'tenant'), { maxIssuers: 100 })
    for (const round of ['1', '2', '3']) {
      for (const tenant of scene.tenants) expect(await scene.codeOf(tenant.issue({ jti: round }))).toBe('passes')
    }
    expect(scene.asked).toHaveLength(100)
    expect(scene.remote.requests).toHaveLength(100)
  })

  it('share one JWKS if their metadata names the same URL', async () => {
    const platform = new Tenant('platform', new ManualClock())
    const metadata = (issuer: string): object => ({ issuer, jwks_uri: platform.jwksUrl })
    const names = numbered(20, 'tenant').map((name) => `https://${name}.example.com`)
    const locations = names.map((iss) => [`${iss}/.well-known/openid-configuration`, metadata(iss)])
    const remote = new FakeFetch({ ...Object.fromEntries(locations), [platform.jwksUrl]: platform.jwks })
    const clock = new ManualClock()
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, audience, resolveIssuer: () => ({}) })
    for (const iss of names) expect((await verifier.verify(platform.issue({ iss }))).claims.iss).toBe(iss)
    expect(remote.urls.filter((url) => url === platform.jwksUrl)).toHaveLength(1)
    expect(remote.urls).toHaveLength(21)
  })

  it('are all accepted, even if there are more issuers than the cache keeps', async () => {
    const scene = new Scene(numbered(50, 'tenant'), { maxIssuers: 10 })
    for (const tenant of scene.tenants) expect(await scene.codeOf(tenant.issue())).toBe('passes')
    expect(await scene.codeOf(scene.tenant(49).issue({ jti: 'kept' }))).toBe('passes')
    expect(scene.asked).toHaveLength(50)
    expect(await scene.codeOf(scene.tenant(0).issue({ jti: 'evicted' }))).toBe('passes')
    expect(scene.asked).toHaveLength(51)
  })

  it('are all accepted when they come at the same time', async () => {
    const scene = new Scene(numbered(100, 'tenant'))
    const codes = await Promise.all(scene.tenants.map((tenant) => scene.codeOf(tenant.issue())))
    expect(new Set(codes)).toEqual(new Set(['passes']))
  })
})
