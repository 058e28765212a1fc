import type { ResourceServer } from './resource-server.ts'

/** A request to put to every server, and the status it should get. */
export interface Question {
  readonly what: string
  readonly path: string
  readonly token?: string
  readonly expected: number
}

/** What one server said. */
interface Answer {
  readonly status: number
  readonly challenge: string | null
}

/** A row of the table: what was asked, and what each server answered. */
export interface Row {
  readonly question: Question
  readonly answers: readonly Answer[]
}

/** Puts the question to all servers. */
export async function ask(question: Question, servers: readonly ResourceServer[]): Promise<Row> {
  const headers = question.token === undefined ? {} : { authorization: `Bearer ${question.token}` }
  const answers = servers.map(async ({ url }) => {
    const response = await fetch(url + question.path, { headers })
    await response.arrayBuffer()
    return { status: response.status, challenge: response.headers.get('www-authenticate') }
  })
  return { question, answers: await Promise.all(answers) }
}

/** Whether every server gave the status that was expected, and all the same challenge. */
export function isAsExpected({ question, answers }: Row): boolean {
  const [first] = answers
  return answers.every(({ status, challenge }) => status === question.expected && challenge === first?.challenge)
}

const columns = { what: 34, status: 9 }

/** The rows as a table for people. */
export function render(title: string, servers: readonly ResourceServer[], rows: readonly Row[]): string {
  const heading = title.padEnd(columns.what) + servers.map(({ framework }) => framework.padEnd(columns.status)).join('')
  return ['', `${heading}WWW-Authenticate`, '-'.repeat(100), ...rows.map(line)].join('\n')
}

function line(row: Row): string {
  const statuses = row.answers.map(({ status }) => String(status).padEnd(columns.status)).join('')
  const challenges = [...new Set(row.answers.map(({ challenge }) => challenge ?? ''))].join(' | ')
  const verdict = isAsExpected(row) ? '' : `   <- expected ${row.question.expected} and one challenge`
  return `${row.question.what.padEnd(columns.what)}${statuses}${challenges}${verdict}`
}
