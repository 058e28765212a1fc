import { announce, find, reporting, valuesOf } from './elements.js'
import { ask } from './issuer.js'

/** @import { State } from './issuer.js' */

const form = find('form', '#fault-form')
const health = find('p', '#health')

/** What each fault means for those who ask, and what the page calls the issuer meanwhile. */
const effects = {
  '': { name: 'Works', hint: 'Every request is answered at once.' },
  down: { name: 'Down', hint: 'Connections are reset, as if nothing listened.' },
  slow: { name: 'Slow', hint: 'The right answer comes after three seconds.' },
  hang: { name: 'Hangs', hint: 'No answer ever comes.' },
  stall: { name: 'Stalls', hint: 'Half of the answer comes, and then nothing.' },
  error: { name: 'Fails', hint: 'The answer is 500.' },
}

export function startFaults() {
  form.addEventListener('change', () => void reporting(form, change))
}

async function change() {
  const { fault, target } = valuesOf(form)
  await (fault ? ask('fail', { fault, target }) : ask('recover'))
}

/** @param {State['fault']} fault */
export function showFault(fault) {
  const name = /** @type {keyof typeof effects} */ (fault?.name ?? '')
  const text = fault === null || fault.target === 'all' ? effects[name].name : `${effects[name].name}: ${fault.target}`
  const isNew = health.textContent !== text
  find('input', `[name=fault][value="${name}"]`, form).checked = true
  if (fault !== null) find('select', '[name=target]', form).value = fault.target
  find('p', '#fault-hint').textContent = effects[name].hint
  health.textContent = text
  health.dataset['tone'] = name === '' ? 'good' : 'bad'
  if (isNew) announce(`The issuer: ${text}`)
}
