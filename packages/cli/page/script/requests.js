import { ask } from './issuer.js'
import { element, find, onClick } from './elements.js'

/** @import { LogEntry } from './issuer.js' */

const list = find('ol', '', find('div', '.requests'))
const none = find('p', '#no-requests')

const mostShown = 200

/** @type {Map<number, HTMLLIElement>} */
const items = new Map()

export function startRequests() {
  onClick(find('button', '#clear'), async () => {
    await ask('clearLog')
    showLog([])
  })
}

/**
 * Shows the whole log anew.
 *
 * @param {readonly LogEntry[]} entries
 */
export function showLog(entries) {
  list.replaceChildren()
  items.clear()
  none.hidden = entries.length > 0
  for (const entry of entries) showRequest(entry)
}

/**
 * Shows a new request at the top, or the outcome of one that is there.
 *
 * @param {LogEntry} entry
 */
export function showRequest(entry) {
  const item = items.get(entry.id) ?? newItem(entry)
  const outcome = find('span', '.outcome', item)
  outcome.textContent = String(entry.outcome ?? 'waits')
  outcome.dataset['tone'] = toneOf(entry.outcome)
  find('small', '.duration', item).textContent = entry.duration === undefined ? '' : `${entry.duration} ms`
}

/** @param {LogEntry} entry */
function newItem({ id, at, method, path, agent }) {
  const time = new Date(at)
  const item = element(
    'li',
    {},
    element('span', { class: 'path' }, element('b', {}, method), ` ${path}`),
    element('span', { class: 'outcome' }),
    element('small', {}, element('time', { datetime: time.toISOString() }, clockTime(time)), ' ', agent),
    element('small', { class: 'duration' }),
  )
  items.set(id, item)
  list.prepend(item)
  none.hidden = true
  if (items.size > mostShown) forgetOldest()
  return item
}

/** @param {Date} time */
function clockTime(time) {
  return time.toLocaleTimeString(undefined, { hour12: false })
}

function forgetOldest() {
  list.lastElementChild?.remove()
  items.delete(Number(items.keys().next().value))
}

/** @param {LogEntry['outcome']} outcome */
function toneOf(outcome) {
  if (outcome === undefined) return 'faint'
  return typeof outcome === 'number' && outcome < 400 ? 'good' : 'bad'
}
