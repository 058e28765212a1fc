import { announce, copyOnClick, element, find, onClick, onSubmit, valuesOf } from './elements.js'
import { ask } from './issuer.js'
import { coloredToken, decodedParts } from './token.js'

/** @import { Description } from './issuer.js' */

/**
 * @typedef {object} Minted
 * @property {string} token
 * @property {string} [proof] the DPoP proof for a request with the token
 * @property {string} method
 * @property {string} url
 */

const form = find('form', '#mint-form')
const result = find('div', '#minted')
const kindField = find('select', '[name=kind]', form)

/** @type {Minted} */
let minted = { token: '', method: '', url: '' }

/**
 * @param {Description} description
 * @param {(minted: Minted) => Promise<void>} explain
 */
export function startMinting({ audience, kinds }, explain) {
  find('input', '[name=audience]', form).value = audience
  kindField.replaceChildren(...groupsOf(kinds))
  kindField.addEventListener('change', () => showParts(kinds))
  showParts(kinds)
  onSubmit(form, async () => {
    const { method = '', url = '' } = valuesOf(form)
    minted = { ...(await ask('mint', wishIn(valuesOf(form)))), method, url }
    showMinted()
    announce(`Minted: ${kindField.selectedOptions[0]?.label}`)
  })
  copyOnClick(buttonFor('copy'), () => minted.token)
  copyOnClick(buttonFor('curl'), () => curlFor(minted))
  onClick(buttonFor('explain'), () => explain(minted))
  onClick(buttonFor('revoke'), async () => {
    await ask('revoke', { token: minted.token })
    announce('Revoked. Introspection tells that the token is not active.')
  })
}

/** @param {string} action */
function buttonFor(action) {
  return find('button', `[data-action=${action}]`, result)
}

/** @param {Description['kinds']} kinds */
function groupsOf(kinds) {
  const groups = new Map(kinds.map(({ group }) => [group, element('optgroup', { label: group })]))
  for (const { name, group, label } of kinds) groups.get(group)?.append(element('option', { value: name }, label))
  return groups.values()
}

/**
 * Shows the parts of the form that count for the kind.
 *
 * @param {Description['kinds']} kinds
 */
function showParts(kinds) {
  const kind = kinds.find(({ name }) => name === kindField.value)
  const parts = [...(kind?.uses ?? []), `group-${kind?.group}`, `kind-${kind?.name}`]
  for (const part of form.querySelectorAll('[data-part]')) {
    const isShown = String(part.getAttribute('data-part'))
      .split(' ')
      .every((name) => parts.includes(name))
    part.toggleAttribute('hidden', !isShown)
  }
}

/** @param {Readonly<Record<string, string>>} values */
function wishIn({ kind, sub, scope, claims = '', header = '', audience, expiresIn, method, url }) {
  const own = kind === 'byHand' ? {} : { ...(sub && { sub }), ...(scope && { scope }) }
  return {
    kind,
    ...(audience && { audience }),
    ...(url && { method, url }),
    expiresIn,
    header: jsonIn(header, 'The header parameters'),
    claims: { ...own, ...jsonIn(claims, 'The claims') },
  }
}

/**
 * @param {string} text
 * @param {string} what
 * @returns {object}
 */
function jsonIn(text, what) {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${what} are not JSON.`)
  }
}

function showMinted() {
  const { token, proof } = minted
  find('pre', '.token', result).replaceChildren(...coloredToken(token))
  const proofs =
    proof === undefined
      ? []
      : [element('figure', { class: 'proof' }, element('figcaption', {}, 'DPoP proof'), proofText(proof))]
  find('div', '.decoded', result).replaceChildren(...proofs, ...decodedParts(token))
  result.hidden = false
}

/** @param {string} proof */
function proofText(proof) {
  return element('pre', { class: 'token', tabindex: '0', 'aria-label': 'DPoP proof' }, ...coloredToken(proof))
}

/** @param {Minted} minted */
function curlFor({ token, proof, method, url }) {
  const target = `'${url || 'http://localhost:3000/'}'`
  if (proof === undefined) return `curl -H 'Authorization: Bearer ${token}' ${target}`
  return `curl -X ${method} -H 'Authorization: DPoP ${token}' -H 'DPoP: ${proof}' ${target}`
}
