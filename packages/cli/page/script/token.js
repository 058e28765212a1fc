import { element } from './elements.js'

/**
 * Returns the parts of a token, each in a color of its own. A token has no spaces, so that it breaks anywhere.
 *
 * @param {string} token
 * @returns {(Node | string)[]}
 */
export function coloredToken(token) {
  const names = ['header', 'claims', 'signature']
  return token
    .split('.')
    .flatMap((segment, index) => [
      ...(index === 0 ? [] : ['.']),
      element('span', { 'data-segment': names[index] ?? 'more' }, segment),
    ])
}

/**
 * Returns the decoded header and claims of a token. Nothing for a token that has none.
 *
 * @param {string} token
 * @returns {Node[]}
 */
export function decodedParts(token) {
  const [header = '', claims = ''] = token.split('.')
  return Object.entries({ Header: header, Claims: claims }).flatMap(([name, segment]) => {
    const json = decoded(segment)
    if (json === undefined) return []
    const text = element('code', { tabindex: '0', 'aria-label': name }, JSON.stringify(json, undefined, 2))
    return element(
      'figure',
      { class: name.toLowerCase() },
      element('figcaption', {}, name),
      element('pre', {}, text, ...timesIn(json)),
    )
  })
}

/** @param {string} segment */
function decoded(segment) {
  try {
    const octets = atob(segment.replaceAll('-', '+').replaceAll('_', '/'))
    const text = new TextDecoder().decode(Uint8Array.from(octets, (character) => character.charCodeAt(0)))
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Says the times of a token in the local time of the reader.
 *
 * @param {Readonly<Record<string, unknown>>} claims
 * @returns {Node[]}
 */
function timesIn(claims) {
  return ['iat', 'nbf', 'exp'].flatMap((name) => {
    const seconds = claims[name]
    if (typeof seconds !== 'number' || !Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12) return []
    const time = new Date(seconds * 1000)
    return element('time', { datetime: time.toISOString() }, `${name}  ${time.toLocaleString()}`)
  })
}
