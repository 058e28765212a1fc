// Writes the address of the repository into the packages. Only the workflow that publishes them knows it.
// npm compares `repository` with the provenance of a package. A registry shows the README of a package without the repository
// around it, so relative links become absolute. They lead to the tag, and therefore to the pages of the same version.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'

/** A fence, which stays as it is, or a link that is neither absolute nor to a section of the same page. */
const fenceOrLink = /^```.*?^```$|\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/gms

const address = `${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}`
const tag = variable('GITHUB_REF_NAME')

const folders = readdirSync('packages').map((name) => `packages/${name}`)
// Everything is computed before anything is written, so a failure leaves the packages as they are.
const files = folders.flatMap((folder) => [manifestOf(folder), readmeOf(folder)])
for (const [path, text] of files) writeFileSync(path, text)

/** @returns {[path: string, text: string]} */
function manifestOf(folder) {
  const path = `${folder}/package.json`
  const { name, version, description, ...rest } = JSON.parse(readFileSync(path, 'utf8'))
  if (tag !== `v${version}`) fail(`The tag is ${tag}, but ${name} has the version ${version}: its tag is v${version}.`)
  const repository = { type: 'git', url: `git+${address}.git`, directory: folder }
  return [path, `${JSON.stringify({ name, version, description, repository, ...rest }, null, 2)}\n`]
}

/** @returns {[path: string, text: string]} */
function readmeOf(folder) {
  const path = `${folder}/README.md`
  const text = readFileSync(path, 'utf8').replaceAll(fenceOrLink, (all, link, section = '') => {
    if (link === undefined) return all
    const target = posix.join(folder, link)
    if (target.startsWith('..') || !existsSync(target)) fail(`A link of ${path} leads nowhere: ${link}`)
    return `](${address}/${statSync(target).isDirectory() ? 'tree' : 'blob'}/${tag}/${target}${section})`
  })
  return [path, text]
}

function variable(name) {
  return (
    process.env[name] || fail(`${name} is not set. GitHub Actions sets it: run this in the workflow that publishes.`)
  )
}

/** @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
