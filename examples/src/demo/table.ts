import type { ResourceServer } from './example-server.ts'

/** A request that is sent to every server, and the expected status. */
export interface Question {
  readonly what: string
  readonly path: string
  readonly token?: string
  readonly expected: number
}

/** The answer of one server. */
interface Answer {
  readonly status: number
  readonly challenge: string | null
}

/** A row of the table: the request, and the answer of each server. */
export interface Row {
  readonly question: Question
  readonly answers: readonly Answer[]
}

/** Sends the request to all servers. */
export async function ask(question: Question, servers: readonly ResourceServer[]): Promise<Row> {
  const headers = question.token === undefined ? {} : { authorization: `Bearer ${question.token}` }
  const answers = servers.map(async ({ url }) => {
    const response = await fetch(url + question.path, { headers })
    await response.arrayBuffer()
    return { status: response.status, challenge: response.headers.get('www-authenticate') }
  })
  return { question, answers: await Promise.all(answers) }
}

/** Returns true if every server answered with the expected status and the same challenge. */
export function isAsExpected({ question, answers }: Row): boolean {
  const [first] = answers
  return answers.every(({ status, challenge }) => status === question.expected && challenge === first?.challenge)
}

const columns = { what: 34, status: 9 }

/** Formats the rows as a table. */
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
