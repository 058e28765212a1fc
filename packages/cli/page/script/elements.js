/**
 * Creates an element. Text is only ever set as text, so that nothing in a token becomes HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | boolean | undefined>>} [attributes] `undefined` and `false` leave one out
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(attribute, value === true ? '' : value)
  }
  made.append(...children)
  return made
}

/**
 * Finds an element that is in the HTML of the page.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function find(name, selector = '', within = document) {
  const found = within.querySelector(`${name}${selector}`)
  if (found === null) throw new Error(`The page has no ${name}${selector}.`)
  return /** @type {HTMLElementTagNameMap[Name]} */ (found)
}

/**
 * Shows names in backquotes as code.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function withCode(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part))
}

/**
 * Tells users of screen readers what has happened.
 *
 * @param {string} text
 */
export function announce(text) {
  const announcement = find('p', '#announcement')
  // The same text again would not be a change.
  announcement.textContent = announcement.textContent === text ? `${text} ` : text
}

/**
 * Copies a text when the button is pressed, and says so on the button.
 *
 * @param {HTMLButtonElement} button
 * @param {() => string} textOf
 */
export function copyOnClick(button, textOf) {
  const label = button.textContent
  onClick(button, async () => {
    await navigator.clipboard.writeText(textOf())
    button.textContent = 'Copied'
    announce('Copied')
    setTimeout(() => (button.textContent = label), 1500)
  })
}

/**
 * @param {HTMLFormElement} form
 * @returns {Readonly<Record<string, string>>}
 */
export function valuesOf(form) {
  const values = [...new FormData(form)]
  return Object.fromEntries(values.map(([name, value]) => [name, typeof value === 'string' ? value : '']))
}

/**
 * Does something at each submission of a form.
 *
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} run
 */
export function onSubmit(form, run) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void reporting(form, run)
  })
  // In a text area, Enter begins a new line.
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} run
 */
export function onClick(button, run) {
  button.addEventListener('click', () => void reporting(button, run))
}

/**
 * Does something, and shows why it failed in the section of the page from which it came.
 *
 * @param {Element} origin
 * @param {() => Promise<void>} run
 */
export async function reporting(origin, run) {
  const section = origin.closest('section, header') ?? document
  const error = find('p', '[role=alert]', section)
  error.textContent = ''
  try {
    await run()
  } catch (failure) {
    error.textContent = failure instanceof Error ? failure.message : String(failure)
  }
}
