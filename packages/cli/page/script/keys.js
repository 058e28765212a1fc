import { announce, element, find, onClick, onSubmit, valuesOf } from './elements.js'
import { ask } from './issuer.js'

/** @import { Key, State } from './issuer.js' */

const list = find('ul', '.keys')

/** What happens next to a key in each state. A key that is active and has no successor stays active. */
const next = { pending: 'signs in', active: 'retires in', retired: 'is destroyed in' }

const tones = { pending: 'odd', active: 'good', retired: 'faint' }

/** The difference between the clock of the issuer and the one here, in milliseconds. */
let ahead = 0

/** @type {readonly Key[]} */
let keys = []

/** @type {Map<string, HTMLLIElement>} */
const items = new Map()

export function startKeys() {
  onSubmit(find('form', '#rotate-form'), async () => {
    const { activateAfter } = valuesOf(find('form', '#rotate-form'))
    await ask('rotate', activateAfter ? { activateAfter } : {})
    announce('A new key is published')
  })
  setInterval(showTimes, 1000)
}

/** @param {State} state */
export function showKeys(state) {
  ahead = state.now - Date.now()
  keys = state.keys
  const gone = [...items.keys()].filter((kid) => !keys.some((key) => key.kid === kid))
  for (const kid of gone) remove(kid)
  // Items stay the same elements, so that the focus stays where it is.
  for (const [index, key] of keys.entries()) {
    const item = items.get(key.kid) ?? newItem(key)
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null)
    showState(item, key)
  }
  showTimes()
}

/** @param {string} kid */
function remove(kid) {
  const item = items.get(kid)
  const hadFocus = item?.contains(document.activeElement)
  item?.remove()
  items.delete(kid)
  if (hadFocus) find('h2', '#keys-title').focus()
}

/** @param {Key} key */
function newItem({ kid, alg }) {
  const destroy = element('button', { type: 'button', class: 'quiet', 'aria-label': `Destroy ${kid}` }, 'Destroy')
  onClick(destroy, async () => {
    await ask('destroy', { kid })
    announce(`${kid} is destroyed`)
  })
  const item = element(
    'li',
    {},
    element('code', {}, kid),
    element('span', { class: 'badge' }),
    element('small', {}, alg),
    element('span', { class: 'time' }),
    destroy,
    element('span', { class: 'bar' }, element('span')),
  )
  items.set(kid, item)
  return item
}

/**
 * @param {HTMLLIElement} item
 * @param {Key} key
 */
function showState(item, { kid, state }) {
  const badge = find('span', '.badge', item)
  if (badge.textContent !== '' && badge.textContent !== state) announce(`${kid} is ${state}`)
  badge.textContent = state
  badge.dataset['tone'] = tones[state]
  // Without another key that signs or will sign, this one cannot be destroyed.
  const isLast = !keys.some((key) => key.kid !== kid && key.state !== 'retired')
  find('button', '', item).hidden = isLast
}

function showTimes() {
  const now = Date.now() + ahead
  for (const { kid, state, since = now, changesAt } of keys) {
    const item = /** @type {HTMLLIElement} */ (items.get(kid))
    find('span', '.time', item).textContent = changesAt === undefined ? '' : `${next[state]} ${span(changesAt - now)}`
    const bar = find('span', '.bar', item)
    bar.hidden = changesAt === undefined
    if (changesAt === undefined) continue
    const left = Math.min(1, Math.max(0, (changesAt - now) / (changesAt - since)))
    find('span', '', bar).style.inlineSize = `${left * 100}%`
  }
}

/** @param {number} milliseconds */
function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  return minutes === 0 ? `${rest} s` : `${minutes}:${String(rest).padStart(2, '0')} min`
}
