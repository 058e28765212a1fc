import { TokenError, VerificationUnavailableError } from '../../../src/errors.ts'
import type { IssuerOptions } from '../../../src/jwt/issuers/issuer-options.ts'
import { TokenVerifier } from '../../../src/jwt/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch, settled } from '../../support/fake-fetch.ts'
import { audience, unsigned } from '../../support/foreign-issuer.ts'
import { published, Tenant } from './tenant.ts'

const minute = 60_000

/** A verifier for tenants that can come and go, with notes of what the resolver and the issuers were asked. */
class Scene {
  readonly clock = new ManualClock()
  readonly tenants: readonly Tenant[]
  readonly trusted: Map<string, IssuerOptions>
  readonly remote: FakeFetch
  readonly asked: string[] = []
  readonly verifier: TokenVerifier
  /** What the resolver waits for before it answers. */
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

/** In the name of an issuer, and signed by nobody. */
function junkFor(iss: string, claims: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 3600
  return unsigned({ alg: 'ES256', kid: 'same-kid' }, { iss, aud: audience, exp, ...claims })
}

function numbered(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`)
}

describe('an answer of the resolver', () => {
  it('is trusted for issuerTtl, however often it is used', async () => {
    const scene = new Scene(['acme'])
    const token = scene.tenant().issue()
    for (let passed = 0; passed < 3.9; passed += 0.1) {
      expect(await scene.codeOf(token)).toBe('passes')
      scene.clock.advance(0.1 * minute)
    }
    expect(scene.asked).toHaveLength(1)
  })

  it('is renewed in the background towards its end, without a request that waits', async () => {
    const scene = new Scene(['acme'])
    const token = scene.tenant().issue()
    await scene.codeOf(token)
    scene.beforeAnswer = () => new Promise(() => undefined)
    scene.clock.advance(4.5 * minute)
    expect(scene.verifier.recallOrVerify(token)).not.toBeInstanceOf(Promise)
    expect(scene.asked).toHaveLength(2)
  })

  it('does not make the keys be fetched again if it stays the same', async () => {
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

  it('with other rules holds for remembered tokens too, and keeps the keys', async () => {
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

  it('ends at once when the resolver says no', async () => {
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

  it('ends after issuerTtl for a tenant that is used all the time, also if the resolver is down', async () => {
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

  it.each(['10s', '1h'] as const)('can be trusted for another time: %s', async (issuerTtl) => {
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

  it('of null means that the issuer is not trusted', async () => {
    const { clock, remote, tenants } = new Scene(['acme'])
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, resolveIssuer: () => null })
    await expect(verifier.verify(tenants[0]?.issue() ?? '')).rejects.toMatchObject({ code: 'issuer_mismatch' })
  })

  it('that is undefined in a column takes no rule away that is shared', async () => {
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

  it('may be a thenable that is no promise of this realm', async () => {
    const { clock, remote, tenants } = new Scene(['acme'])
    const resolveIssuer = (): PromiseLike<IssuerOptions | undefined> => ({
      then: (resolve) => Promise.resolve(tenants[0]?.options).then(resolve),
    })
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, resolveIssuer })
    expect((await verifier.verify(tenants[0]?.issue() ?? '')).claims.sub).toBe('user-1')
  })
})

describe('forgetIssuer', () => {
  it('ends the trust at once, for remembered tokens and new ones', async () => {
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

  it('makes the resolver be asked again, also right after it said no', async () => {
    const scene = new Scene(['acme'])
    const { iss, options } = scene.tenant()
    scene.trusted.clear()
    expect(await scene.codeOf(scene.tenant().issue())).toBe('issuer_mismatch')
    scene.trusted.set(iss, options)
    scene.verifier.forgetIssuer(iss)
    expect(await scene.codeOf(scene.tenant().issue())).toBe('passes')
  })

  it('discards an answer that was under way', async () => {
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

  it('refuses a token whose verification was under way', async () => {
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

  it('leaves issuers alone that the options name', async () => {
    const scene = new Scene(['acme'])
    const { clock, remote } = scene
    const verifier = new TokenVerifier({ clock, fetch: remote.fetch, issuers: [scene.tenant().options] })
    verifier.forgetIssuer(scene.tenant().iss)
    expect((await verifier.verify(scene.tenant().issue())).claims.sub).toBe('user-1')
  })
})

describe('a withdrawn key of a resolved issuer', () => {
  it('is refused within its lifetime, also after the issuer was let go for others', async () => {
    const scene = new Scene(['acme', ...numbered(3, 'other')], { maxIssuers: 2, cacheTtl: '5m', staleIfError: '1h' })
    const token = scene.tenant().issue()
    expect(await scene.codeOf(token)).toBe('passes')
    for (const index of [1, 2, 3]) expect(await scene.codeOf(scene.tenant(index).issue())).toBe('passes')
    scene.remote.answers.set(scene.tenant().jwksUrl, new Tenant('acme', scene.clock).jwks)
    expect(await scene.codeOf(token)).toBe('signature_invalid')
  })
})

describe('tokens that no signature vouches for', () => {
  it('let no issuer go that is in use, and cost one question for each name', async () => {
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

  it('do not touch recency: the issuer that is used stays, the one that is only named goes', async () => {
    const scene = new Scene(['named', 'used', 'new'], { maxIssuers: 2 })
    const [named, used, next] = scene.tenants as [Tenant, Tenant, Tenant]
    const token = used.issue()
    await scene.codeOf(named.issue())
    await scene.codeOf(token)
    for (let times = 0; times < 10; times += 1) await scene.codeOf(junkFor(named.iss, { jti: `${times}` }))
    await scene.codeOf(next.issue())
    expect(scene.verifier.recallOrVerify(token)).not.toBeInstanceOf(Promise)
  })

  it('leave good tokens of the same tenants unharmed, and are not fetched for again and again', async () => {
    const scene = new Scene(numbered(40, 'known'))
    const flood = Array.from({ length: 1000 }, (_, index) => junkFor(scene.tenant(index % 40).iss, { jti: `${index}` }))
    const good = scene.tenants.slice(0, 30).map((tenant) => tenant.issue())
    const verdicts = Promise.all(good.map((token) => scene.codeOf(token)))
    await Promise.all(flood.map((token) => scene.codeOf(token)))
    expect(new Set(await verdicts)).toEqual(new Set(['passes']))
    expect(scene.asked).toHaveLength(40)
    // For each tenant one for its keys, and two for keys that might have been replaced.
    expect(scene.remote.requests.length).toBeLessThanOrEqual(120)
  })

  it('ask a bounded number of questions, of which few are under way at once', async () => {
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

  it('may cost ten more questions a second once the budget is spent', async () => {
    const scene = new Scene([], { maxIssuers: 5 })
    for (const name of numbered(20, 'early')) await scene.codeOf(junkFor(`https://${name}.example.com`))
    expect(scene.asked).toHaveLength(5)
    scene.clock.advance(300)
    for (const name of numbered(20, 'late')) await scene.codeOf(junkFor(`https://${name}.example.com`))
    expect(scene.asked).toHaveLength(8)
  })

  it('cost one question for a name that was refused a moment ago', async () => {
    const scene = new Scene([])
    for (let times = 0; times < 50; times += 1) await scene.codeOf(junkFor('https://stranger.example.com'))
    expect(scene.asked).toHaveLength(1)
    scene.clock.advance(2001)
    await scene.codeOf(junkFor('https://stranger.example.com'))
    expect(scene.asked).toHaveLength(2)
  })
})

describe('good tokens of many tenants', () => {
  it('never use the budget up: 100 tenants in three rounds cost 100 questions and 100 fetches', async () => {
    const scene = new Scene(numbered(100, 'tenant'), { maxIssuers: 100 })
    for (const round of ['1', '2', '3']) {
      for (const tenant of scene.tenants) expect(await scene.codeOf(tenant.issue({ jti: round }))).toBe('passes')
    }
    expect(scene.asked).toHaveLength(100)
    expect(scene.remote.requests).toHaveLength(100)
  })

  it('share the JWKS that the metadata of all of them names', async () => {
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

  it('all pass though more issuers come than are kept', async () => {
    const scene = new Scene(numbered(50, 'tenant'), { maxIssuers: 10 })
    for (const tenant of scene.tenants) expect(await scene.codeOf(tenant.issue())).toBe('passes')
    expect(await scene.codeOf(scene.tenant(49).issue({ jti: 'kept' }))).toBe('passes')
    expect(scene.asked).toHaveLength(50)
    expect(await scene.codeOf(scene.tenant(0).issue({ jti: 'let go' }))).toBe('passes')
    expect(scene.asked).toHaveLength(51)
  })

  it('all pass when they come at once', async () => {
    const scene = new Scene(numbered(100, 'tenant'))
    const codes = await Promise.all(scene.tenants.map((tenant) => scene.codeOf(tenant.issue())))
    expect(new Set(codes)).toEqual(new Set(['passes']))
  })
})
