import { copyOnClick, element, find } from './elements.js'
import { startExplaining } from './explain.js'
import { showFault, startFaults } from './faults.js'
import { listen } from './issuer.js'
import { showKeys, startKeys } from './keys.js'
import { startMinting } from './mint.js'
import { showLog, showRequest, startRequests } from './requests.js'

/** @import { Description } from './issuer.js' */

/** @type {string | undefined} */
let known

/** @param {Description} description */
function start(description) {
  const text = JSON.stringify(description)
  // The issuer was started anew, with another client or other options.
  if (known !== undefined && known !== text) location.reload()
  if (known !== undefined) return
  known = text
  showFacts(description)
  startMinting(description, startExplaining(description))
}

/** @param {Description} description */
function showFacts({ issuer, audience, client }) {
  const facts = {
    Issuer: issuer,
    Audience: audience,
    'Client id': client.clientId,
    'Client secret': client.clientSecret,
  }
  find('dl', '#facts').replaceChildren(...Object.entries(facts).map(([name, value]) => fact(name, value)))
}

/**
 * @param {string} name
 * @param {string} value
 */
function fact(name, value) {
  const copy = element('button', { type: 'button', class: 'quiet', 'aria-label': `Copy: ${name}` }, 'Copy')
  copyOnClick(copy, () => value)
  return element('div', {}, element('dt', {}, name), element('dd', {}, element('code', {}, value), copy))
}

startKeys()
startFaults()
startRequests()
listen({
  issuer: start,
  state(state) {
    showKeys(state)
    showFault(state.fault)
  },
  log: showLog,
  request: showRequest,
})
