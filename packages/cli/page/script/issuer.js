import { find } from './elements.js'

/**
 * @typedef {object} Description what stays the same while the issuer runs
 * @property {string} issuer
 * @property {string} audience
 * @property {{ clientId: string, clientSecret: string }} client
 * @property {{ name: string, group: string, label: string, uses: string[] }[]} kinds
 */

/**
 * @typedef {object} Key
 * @property {string} kid
 * @property {string} alg
 * @property {'pending' | 'active' | 'retired'} state
 * @property {number} [since] in milliseconds since the epoch, like `changesAt`
 * @property {number} [changesAt]
 */

/**
 * @typedef {object} State
 * @property {number} now the clock of the issuer
 * @property {Key[]} keys
 * @property {{ name: string, target: string } | null} fault
 */

/**
 * @typedef {object} LogEntry
 * @property {number} id
 * @property {number} at
 * @property {string} method
 * @property {string} path
 * @property {string} agent
 * @property {number | 'unanswered'} [outcome]
 * @property {number} [duration]
 */

/**
 * Asks the issuer to do something.
 *
 * @param {string} action
 * @param {object} parameters
 * @returns {Promise<any>}
 */
export async function ask(action, parameters = {}) {
  const response = await fetch(`/page/api/${action}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(parameters),
  })
  if (response.ok) return response.json()
  throw new Error((await response.text()).trim())
}

/**
 * Listens to the issuer. The browser connects again by itself, and then gets everything anew.
 *
 * @param {object} listeners
 * @param {(description: Description) => void} listeners.issuer
 * @param {(state: State) => void} listeners.state
 * @param {(entries: LogEntry[]) => void} listeners.log
 * @param {(entry: LogEntry) => void} listeners.request
 */
export function listen(listeners) {
  const events = new EventSource('/page/api/events')
  const lost = find('p', '#lost')
  events.addEventListener('open', () => (lost.textContent = ''))
  events.addEventListener('error', () => {
    lost.textContent = 'Not connected'
    // The browser gives up after an answer that is not 200, such as from another server at the same port.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => listen(listeners), 1000)
  })
  for (const [name, listener] of Object.entries(listeners)) {
    events.addEventListener(name, ({ data }) => listener(JSON.parse(data)))
  }
}
