import { element, find, onSubmit, reporting, valuesOf, withCode } from './elements.js'
import { ask } from './issuer.js'

/** @import { Description } from './issuer.js' */
/** @import { Minted } from './mint.js' */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} rule
 * @property {'passed' | 'failed' | 'not reached' | 'skipped'} outcome
 * @property {string} expected
 * @property {string | undefined} [found]
 * @property {string | undefined} [advice]
 */

/**
 * @typedef {object} Answer
 * @property {'accepted' | 'refused' | 'unavailable'} outcome
 * @property {number} [status]
 * @property {string} [code]
 * @property {string} [reason]
 * @property {Readonly<Record<string, string | string[]>>} headers
 */

const form = find('form', '#explain-form')
const proofPart = find('details', '', form)
const result = find('div', '#explanation')
const verdict = find('h3', '.verdict', result)

/**
 * @param {Description} description
 * @returns {(minted: Minted) => Promise<void>} explains a token that was minted here
 */
export function startExplaining({ audience }) {
  find('input', '[name=audience]', form).value = audience
  onSubmit(form, explain)
  const details = find('button', '[aria-pressed]', result)
  details.addEventListener('click', () => {
    const isFull = find('ol', '.steps', result).classList.toggle('full')
    details.setAttribute('aria-pressed', String(isFull))
  })
  return async ({ token, proof = '', method, url }) => {
    const values = { token, proof, method: proof && method, url: proof && url }
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements.namedItem(name)
      if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value
    }
    proofPart.open = proof !== ''
    await reporting(form, explain)
  }
}

async function explain() {
  const { token = '', audience, proof, method, url } = valuesOf(form)
  const presented = proof === '' ? {} : { dpop: { proof, method: method || 'GET', url } }
  show(await ask('explain', { token: withoutScheme(token), audience, ...presented }))
  verdict.focus()
}

/**
 * People copy the whole header.
 *
 * @param {string} text
 */
function withoutScheme(text) {
  return text.trim().replace(/^(?:authorization:\s*)?(?:(?:bearer|dpop)\s+)?/i, '')
}

/** @param {{ steps: readonly Step[], answer: Answer }} explanation */
function show({ steps, answer }) {
  verdict.replaceChildren(...verdictOn(answer))
  verdict.dataset['tone'] = { accepted: 'good', refused: 'bad', unavailable: 'odd' }[answer.outcome]
  find('div', '.cause', result).replaceChildren(...causeIn(steps))
  find('ol', '.steps', result).replaceChildren(...steps.map(shownStep))
  find('div', '.answer', result).replaceChildren(...shownAnswer(answer))
  result.hidden = false
}

/** @param {Answer} answer */
function verdictOn({ outcome, status, reason = '' }) {
  if (outcome === 'accepted') return ['Accepted']
  return [`${outcome === 'refused' ? 'Refused' : 'Cannot be answered'}: ${status} `, element('code', {}, reason)]
}

/**
 * Shows what the client gets, which is less than what the log of the API gets.
 *
 * @param {Answer} answer
 * @returns {Node[]}
 */
function shownAnswer({ outcome, status, code, headers }) {
  if (outcome === 'accepted') return []
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
  const text = [`HTTP/1.1 ${status}`, ...lines].join('\n')
  return [
    element('p', { class: 'hint' }, ...withCode(`The client gets this. The code of the error is \`${code}\`.`)),
    element('pre', { tabindex: '0', 'aria-label': 'The answer' }, element('code', {}, text)),
  ]
}

/**
 * Shows the one step that failed, and what to do.
 *
 * @param {readonly Step[]} steps
 * @returns {Node[]}
 */
function causeIn(steps) {
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  if (failed === undefined) return []
  const advice = element('p', {}, ...withCode(failed.advice ?? ''))
  return [element('p', {}, element('strong', {}, failed.name), ' ', ruleOf(failed)), factsOf(failed), advice]
}

/** @param {Step} step */
function shownStep(step) {
  const { name, outcome } = step
  const head = element('p', { class: 'name' }, element('span', {}, name), ruleOf(step))
  return element('li', { 'data-outcome': outcome }, element('span', { class: 'outcome' }, outcome), head, factsOf(step))
}

/** @param {Step} step */
function ruleOf({ rule }) {
  return element('small', {}, ...withCode(rule))
}

/** @param {Step} step */
function factsOf({ expected, found }) {
  return element('dl', {}, ...pair('expected', expected), ...pair('found', found))
}

/**
 * @param {string} term
 * @param {string | undefined} value
 */
function pair(term, value) {
  return value === undefined ? [] : [element('dt', {}, term), element('dd', {}, ...withCode(value))]
}
