import type { ExampleServer } from './example-server.ts'

/** The status of a response, or `down` if the server cannot be reached. */
type Status = number | 'down'

/** A request that is sent to every server, and what is expected. */
export interface Question {
  readonly what: string
  readonly path: string
  readonly method?: string
  readonly token?: string
  /** The headers for a URL, instead of a token. */
  readonly headers?: (url: string) => Promise<Record<string, string>>
  /** For each server, if they differ. */
  readonly expected: Status | readonly Status[]
  /** What the last column should show. Default: anything, if it is the same for all servers. */
  readonly shows?: string
}

/** The servers that are asked, and what the last column shows of their responses. */
export interface Scene {
  readonly servers: readonly Pick<ExampleServer, 'name' | 'url'>[]
  readonly heading: string
  readonly shown: (response: Response) => Promise<string>
}

interface Answer {
  readonly status: Status
  /** Undefined if the server is down. */
  readonly shown: string | undefined
}

interface Row {
  readonly question: Question
  readonly answers: readonly Answer[]
}

/** Sends each request to all servers and prints the answers. Returns true if all of them were as expected. */
export async function show(title: string, scene: Scene, questions: readonly Question[]): Promise<boolean> {
  const rows: Row[] = []
  for (const question of questions) rows.push(await ask(question, scene))
  console.log(render(title, scene, rows))
  return rows.every(isAsExpected)
}

async function ask(question: Question, { servers, shown }: Scene): Promise<Row> {
  const { path, method = 'GET', token, headers = async () => bearing(token) } = question
  const answers = servers.map(async ({ url }): Promise<Answer> => {
    const response = await fetch(url + path, { method, headers: await headers(url + path) }).catch(() => undefined)
    if (response === undefined) return { status: 'down', shown: undefined }
    return { status: response.status, shown: await shown(response) }
  })
  return { question, answers: await Promise.all(answers) }
}

function bearing(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function isAsExpected({ question, answers }: Row): boolean {
  const { expected, shows = lastColumn(answers)[0] } = question
  const statuses = typeof expected === 'object' ? expected : answers.map(() => expected)
  return answers.every(({ status, shown = shows }, index) => status === statuses[index] && shown === shows)
}

/** The different texts of the last column: one, if all servers agree. */
function lastColumn(answers: readonly Answer[]): string[] {
  return [...new Set(answers.flatMap(({ shown }) => shown ?? []))]
}

const columns = { what: 34, status: 9 }

function render(title: string, { servers, heading }: Scene, rows: readonly Row[]): string {
  const names = servers.map(({ name }) => name.padEnd(columns.status)).join('')
  return ['', title.padEnd(columns.what) + names + heading, '-'.repeat(100), ...rows.map(line)].join('\n')
}

function line(row: Row): string {
  const { what, expected, shows = 'the same for all' } = row.question
  const statuses = row.answers.map(({ status }) => String(status).padEnd(columns.status)).join('')
  const verdict = isAsExpected(row) ? '' : `   <- expected ${String(expected)}, and in the last column ${shows}`
  return `${what.padEnd(columns.what)}${statuses}${lastColumn(row.answers).join(' | ')}${verdict}`
}
