import * as fc from 'fast-check'

/** The parts of a good proof. */
export interface ProofParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Signs a JWS Signing Input and returns the signature in base64url. */
export type Sign = (signingInput: string) => string

const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'none',
    'null',
    'é',
    '\u{2603}',
    '\u{0}',
    '\ud800',
    '__proto__',
    '"\\',
    '../..',
    '%',
    '%2e',
    ',',
  ),
  fc.string({ unit: 'binary', maxLength: 24 }),
)

const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(undefined, null, true, 0, -1, 1e308, 4_102_444_800, [], {}, [[]], ['GET']),
  fc.jsonValue({ maxDepth: 2 }),
)

const typs = fc.constantFrom('dpop+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'JWT', 'at+jwt', undefined, ['dpop+jwt'])
const algs = fc.constantFrom('ES256', 'es256', 'ES384', 'RS256', 'EdDSA', 'HS256', 'none', undefined, ['ES256'])
const methods = fc.constantFrom('GET', 'get', 'Get', 'POST', 'GET ', '', undefined, ['GET'])

function urisLike(htu: string): fc.Arbitrary<unknown> {
  const { protocol, host, pathname } = new URL(htu)
  const scheme = fc.constantFrom(protocol, protocol.toUpperCase(), 'http:', 'ftp:', '')
  const slashes = fc.constantFrom('//', '/', '///', '\\\\', '')
  const authority = fc.constantFrom(
    host,
    host.toUpperCase(),
    `${host}:443`,
    `${host}:`,
    `${host}:80`,
    `a@${host}`,
    `${host}.`,
  )
  const path = fc.constantFrom(
    pathname,
    `${pathname}/`,
    pathname.toUpperCase(),
    `/a/..${pathname}`,
    `/.${pathname}`,
    pathname.replace('m', '%6d'),
    pathname.replace('m', '%6D'),
    `/%2e%2e${pathname}`,
    `/${pathname}`,
    `${pathname}%`,
    `${pathname}\n`,
    pathname.replace('/', '\\'),
  )
  const rest = fc.constantFrom('', '?a=b', '#c', '?', '#', '?a#b', ' ')
  const usual = <T>(good: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: others })
  return fc
    .tuple(
      usual(protocol, scheme),
      usual('//', slashes),
      usual(host, authority),
      usual(pathname, path),
      usual('', rest),
    )
    .map((parts) => parts.join(''))
}

/** Generates proofs with other content that the client itself signed: some are good, most break a rule. */
export function signedAnew({ header, claims }: ProofParts, sign: Sign): fc.Arbitrary<string> {
  const { jwk } = header as { readonly jwk: Readonly<Record<string, unknown>> }
  const { iat, ath, htu } = claims as { readonly iat: number; readonly ath: string; readonly htu: string }
  const jwks = fc.oneof(
    fc.constantFrom<unknown>(undefined, [jwk], JSON.stringify(jwk), {}, { kty: 'oct', k: 'AAAA' }),
    fc
      .tuple(
        fc.constantFrom('kty', 'crv', 'x', 'y', 'd', 'alg', 'use', 'key_ops', 'kid', 'k', 'ext', 'more'),
        fc.oneof(fc.constantFrom<unknown>('ES256', 'sig', 'enc', ['verify'], ['sign'], true), hostileValue),
      )
      .map(([name, value]) => ({ ...jwk, [name]: value })),
  )
  const headers = fc.oneof(
    typs.map((typ) => ({ typ })),
    algs.map((alg) => ({ alg })),
    jwks.map((one) => ({ jwk: one })),
    fc.tuple(fc.constantFrom('crit', 'b64', 'kid', 'typ', 'cty', 'x5c'), hostileValue).map(asMember),
  )
  const shifts = fc.constantFrom(-400, -200, -30, 0, 30, 200, 400, 0.5)
  const contents = fc.oneof(
    methods.map((htm) => ({ htm })),
    urisLike(htu).map((other) => ({ htu: other })),
    shifts.map((shift) => ({ iat: iat + shift })),
    fc.constantFrom(ath, `${ath}=`, ath.toLowerCase(), ath.slice(1), undefined).map((other) => ({ ath: other })),
    fc.constantFrom<unknown>('x', '', 'j'.repeat(256), 'j'.repeat(257), 5, null, undefined).map((jti) => ({ jti })),
    fc.tuple(fc.constantFrom('exp', 'nbf'), fc.constantFrom<unknown>(iat - 400, iat + 400, 'x', null)).map(asMember),
    fc.tuple(fc.constantFrom('jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'sub', 'more'), hostileValue).map(asMember),
  )
  return fc
    .tuple(fc.option(headers, { nil: {}, freq: 2 }), fc.option(contents, { nil: {}, freq: 3 }))
    .map(([changedHeader, changedClaims]) => {
      const input = `${encoded({ ...header, ...changedHeader })}.${encoded({ ...claims, ...changedClaims })}`
      return `${input}.${sign(input)}`
    })
}

function asMember([name, value]: readonly [string, unknown]): Record<string, unknown> {
  return { [name]: value }
}

function encoded(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/** Generates forgeries: changes of a good proof without its key. None of them is the proof itself. */
export function forgeriesOf(proof: string, parts: ProofParts, forge: Sign): fc.Arbitrary<string> {
  const [header = '', claims = '', signature = ''] = proof.split('.')
  const octets = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
  const segments = fc.oneof(octets, hostileText, fc.jsonValue({ maxDepth: 3 }).map(encoded))
  const position = fc.nat({ max: proof.length - 1 })
  return fc
    .oneof(
      { weight: 4, arbitrary: signedAnew(parts, forge) },
      { weight: 2, arbitrary: signedAnew(parts, () => signature).filter((one) => one !== proof) },
      {
        weight: 2,
        arbitrary: fc.tuple(position, hostileText).map(([at, text]) => proof.slice(0, at) + text + proof.slice(at + 1)),
      },
      { weight: 1, arbitrary: fc.tuple(position, position).map(([from, to]) => proof.slice(from, to)) },
      { weight: 1, arbitrary: segments.map((one) => `${one}.${claims}.${signature}`) },
      { weight: 1, arbitrary: segments.map((one) => `${header}.${one}.${signature}`) },
      { weight: 1, arbitrary: segments.map((one) => `${header}.${claims}.${one}`) },
      { weight: 1, arbitrary: fc.array(segments, { maxLength: 6 }).map((all) => all.join('.')) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(`${proof}.`, `${proof}=`, `${proof}, ${proof}`, `${proof}\n`, ` ${proof}`),
      },
      { weight: 1, arbitrary: hostileText },
    )
    .filter((one) => one !== proof)
}
