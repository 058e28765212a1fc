/** The signature algorithms that the library must support. Listed by hand, because the table itself is under test. */
export const hmacAlgorithms: readonly string[] = 'HS256 HS384 HS512'.split(' ')

export const asymmetricAlgorithms: readonly string[] =
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA'.split(' ')
