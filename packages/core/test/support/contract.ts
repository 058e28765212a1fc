/** The signature algorithms of the contract, as design.md lists them; not read from the table that is under test. */
export const hmacAlgorithms: readonly string[] = 'HS256 HS384 HS512'.split(' ')

export const asymmetricAlgorithms: readonly string[] =
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA'.split(' ')
