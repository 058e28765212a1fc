import * as fc from 'fast-check'

/** The `Authorization` lines of one request. */
export type Mutant = readonly string[]

/** Generates forgeries of a good token without its key: anything that a request can carry, except the token itself. */
export function mutantsOf(token: string, forge: (signingInput: string) => string): fc.Arbitrary<Mutant> {
  const tokens = fc.oneof(
    { weight: 6, arbitrary: resegmented(token, forge) },
    { weight: 3, arbitrary: edited(token) },
    { weight: 1, arbitrary: rearranged(token) },
  )
  const lines = fc.oneof(
    { weight: 8, arbitrary: tokens.map((one) => `Bearer ${one}`) },
    { weight: 2, arbitrary: edited(`Bearer ${token}`) },
    { weight: 1, arbitrary: fc.tuple(schemes, separators, fc.oneof(fc.constant(token), tokens)).map(joined) },
    { weight: 1, arbitrary: hostileText },
  )
  const good = `Bearer ${token}`
  return fc.oneof(
    { weight: 19, arbitrary: lines.filter((line) => !carries(line, token)).map((line) => [line]) },
    { weight: 1, arbitrary: fc.shuffledSubarray([good, good, `bearer ${token}`], { minLength: 2 }) },
    { weight: 1, arbitrary: lines.map((line) => [good, line]) },
  )
}

/** Node removes white space around a header's value. */
function carries(line: string, token: string): boolean {
  return /^bearer +(\S+)$/i.exec(line.trim())?.[1] === token
}

function joined(parts: readonly string[]): string {
  return parts.join('')
}

const schemes = fc.oneof(
  fc.constantFrom(
    'bearer',
    'BEARER',
    'Basic',
    'DPoP',
    'Bearer,',
    'Bearer:',
    'Bearer Bearer',
    'Token',
    '',
    ' ',
    '"Bearer"',
  ),
  fc.string({ maxLength: 8 }),
)
const separators = fc.constantFrom(' ', '  ', '\t', '', '=', ', ', '\u{a0}')

const hostileText = fc.oneof(
  fc.constantFrom('', 'none', 'None', 'nOnE', 'HS256', 'RS256', 'ES256 ', 'null', '\r\nSet-Cookie: forged=1', '\u{0}'),
  fc.constantFrom(
    '../../../dev/null',
    'https://attacker.example/jwks',
    'logout+jwt',
    'é',
    '\u{2603}',
    '__proto__',
    '"\\',
  ),
  fc.string({ unit: 'binary', maxLength: 24 }),
)

const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1e308, 4_102_444_800),
  fc.constantFrom([], {}, ['b64'], [[]], ['https://api.example.com'], { jkt: 'AAAA' }, { kty: 'oct', k: 'AAAA' }),
  fc.jsonValue({ maxDepth: 2 }),
)

const headerNames = ['alg', 'kid', 'typ', 'cty', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'x5u', 'zip', 'enc', '__proto__']
const claimNames = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'scp', 'cnf', '__proto__']

/** Header, payload and signature, each unchanged or changed. A changed token may be signed with the forger's key. */
function resegmented(token: string, forge: (signingInput: string) => string): fc.Arbitrary<string> {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const signingInputs = fc
    .tuple(changed(header, headerNames), changed(payload, claimNames))
    .map((segments) => segments.join('.'))
  return signingInputs.chain((signingInput) => {
    const forged = fc.constant(undefined).map(() => forge(signingInput))
    return fc
      .oneof(fc.constant(signature), { weight: 2, arbitrary: damaged(signature) }, forged)
      .map((one) => `${signingInput}.${one}`)
  })
}

/** A JSON segment with members set or removed, with its text edited, or unchanged. */
function changed(segment: string, names: readonly string[]): fc.Arbitrary<string> {
  const json = Buffer.from(segment, 'base64url').toString()
  const members = Object.entries(JSON.parse(json) as object)
  const change = fc.tuple(fc.oneof(fc.constantFrom(...names), hostileText), fc.option(hostileValue, { nil: undefined }))
  const altered = fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => JSON.stringify(Object.fromEntries([...members, ...changes])))
  return fc.oneof(
    fc.constant(segment),
    { weight: 3, arbitrary: altered.map(encoded) },
    edited(json).map(encoded),
    fc.constant(json.replace(/"exp":\d+/, '"exp":1e400')).map(encoded),
  )
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** A signature with flipped bits, cut, extended, in a second encoding, or replaced. */
function damaged(signature: string): fc.Arbitrary<string> {
  const octets = Buffer.from(signature, 'base64url')
  const flipped = fc.array(fc.nat(octets.length * 8 - 1), { minLength: 1, maxLength: 4 }).map((bits) => {
    const copy = Buffer.from(octets)
    for (const bit of bits) copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    return copy
  })
  const cut = fc.nat(octets.length - 1).map((length) => octets.subarray(0, length))
  const extended = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => Buffer.concat([octets, more]))
  const another = fc.uint8Array({ maxLength: 96 })
  const zeros = fc.constant(Buffer.alloc(octets.length))
  return fc.oneof(
    fc.oneof(flipped, cut, extended, another, zeros).map((one) => Buffer.from(one).toString('base64url')),
    fc.constantFrom(`${signature}=`, `${signature}==`, octets.toString('base64'), octets.toString('hex')),
    edited(signature),
  )
}

/** A text with deletions, insertions, or both, in one to three places. */
function edited(text: string): fc.Arbitrary<string> {
  const insertion = fc.oneof(fc.constantFrom('', 'A', '.', '=', ' ', '-', '"', '}', ',', '0'), hostileText)
  const edit = fc.tuple(fc.nat(text.length), fc.nat(3), insertion)
  return fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) =>
      edits.reduce((sofar, [at, gone, put]) => `${sofar.slice(0, at)}${put}${sofar.slice(at + gone)}`, text),
    )
}

/** Segments omitted, repeated or reordered. */
function rearranged(token: string): fc.Arbitrary<string> {
  const segments = fc.constantFrom('', ...token.split('.'))
  return fc.array(segments, { maxLength: 6 }).map((chosen) => chosen.join('.'))
}
