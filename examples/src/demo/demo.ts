import { setTimeout } from 'node:timers/promises'
import { ask, isAsExpected, type Question, render } from './table.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { frameworks, type ResourceServer, startResourceServer } from './example-server.ts'

const audience = 'https://api.example.com'
const scope = 'reports:read'

const issuer = await startIssuer(audience)
const servers = await Promise.all(frameworks.map((framework) => startResourceServer(framework, issuer.url, audience)))
process.on('exit', () => servers.forEach((server) => server.stop()))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit())

const steps = [whileTheIssuerIsUp, afterARotation, whileTheIssuerIsDown]
let asExpected = true
for (const step of steps) asExpected = (await step()) && asExpected
console.log(asExpected ? '\nEvery answer was as expected.' : '\nNot every answer was as expected.')

if (process.argv.includes('--once')) process.exit(asExpected ? 0 : 1)
await inviteToTry(issuer, servers)

async function whileTheIssuerIsUp(): Promise<boolean> {
  const token = await issuer.tokens.issue({ sub: 'user-1', scope })
  const withoutScope = await issuer.tokens.issue({ sub: 'user-2', scope: 'profile' })
  const expired = await issuer.yesterday.issue({ sub: 'user-1', scope })
  return show('The issuer is up', [
    { what: 'GET /public, no token', path: '/public', expected: 200 },
    { what: 'GET /me, good token', path: '/me', token, expected: 200 },
    { what: 'GET /reports, good token', path: '/reports', token, expected: 200 },
    { what: 'GET /me, no token', path: '/me', expected: 401 },
    { what: 'GET /reports, scope missing', path: '/reports', token: withoutScope, expected: 403 },
    { what: 'GET /me, tampered token', path: '/me', token: tampered(token), expected: 401 },
    { what: 'GET /me, expired token', path: '/me', token: expired, expected: 401 },
    { what: 'GET /.well-known/jwks.json', path: '/.well-known/jwks.json', expected: 200 },
  ])
}

async function afterARotation(): Promise<boolean> {
  const old = await issuer.tokens.issue({ sub: 'user-1', scope })
  await showKeyStates('before the rotation')
  // The next version is published before it signs, so that verifiers have it when its first tokens arrive.
  await issuer.keys.rotateKey('demo', { activateAfter: '1s', retainFor: '2h' })
  await showKeyStates('the next version is published')
  await setTimeout(1100)
  await showKeyStates('a second later it signs')
  const fresh = await issuer.tokens.issue({ sub: 'user-1', scope })
  return show('The key was rotated', [
    { what: 'GET /me, token of the old key', path: '/me', token: old, expected: 200 },
    { what: 'GET /me, token of the new key', path: '/me', token: fresh, expected: 200 },
  ])
}

async function showKeyStates(when: string): Promise<void> {
  const versions = await issuer.keys.listVersions('demo')
  const keys = await Promise.all(versions.map((version) => issuer.keys.getKey('demo', version)))
  console.log(`\nKeys, ${when}: ${keys.map((key) => `${key.publishedKid} ${key.state}`).join(', ')}`)
}

async function whileTheIssuerIsDown(): Promise<boolean> {
  const token = await issuer.tokens.issue({ sub: 'user-1', scope })
  await issuer.takeDown()
  const passed = await show('The issuer is down', [
    { what: 'GET /me, token of a known key', path: '/me', token, expected: 200 },
    { what: 'GET /me, tampered token', path: '/me', token: tampered(token), expected: 401 },
  ])
  await issuer.bringUp()
  return passed
}

async function show(title: string, questions: readonly Question[]): Promise<boolean> {
  const rows = []
  for (const question of questions) rows.push(await ask(question, servers))
  console.log(render(title, servers, rows))
  return rows.every(isAsExpected)
}

/** Changes the claims and keeps the header and the signature. */
function tampered(token: string): string {
  const [header, payload, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
  return [header, forged, signature].join('.')
}

async function inviteToTry({ tokens, url }: Issuer, running: readonly ResourceServer[]): Promise<void> {
  const token = await tokens.issue({ sub: 'you', scope })
  console.log(`\nThe issuer and the three servers run until Ctrl-C. Try:\n\n  TOKEN=${token}\n`)
  for (const { framework, url: server } of running) {
    console.log(`  curl -i -H "Authorization: Bearer $TOKEN" ${server}/me        # ${framework}`)
  }
  console.log(`  curl -i ${running[0]?.url}/me                                       # no token: 401`)
  console.log(`  curl -i ${url}/.well-known/jwks.json                      # the issuer's keys`)
}
