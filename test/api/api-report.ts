import { dirname, join } from 'node:path'
import { DeclarationFile, type Origin } from './declaration-file.ts'

/**
 * Returns the public surface of an entry of a package: what it exports, and the declarations of the package that the exports
 * refer to. Comments are left out. The order is that of the names, so a declaration may move to another file.
 *
 * @param entry path of the emitted declarations of the entry
 */
export function apiReport(entry: string): string {
  const surface = new Surface()
  const exports = surface.exportsOf(entry)
  const parts = [
    ...exports,
    ...surface.augmentations(),
    '// Not exported, but part of the types above.',
    ...surface.rest(),
  ]
  return `${parts.map((part) => wrapped(part.trim())).join('\n\n')}\n`
}

/** Breaks long unions into lines, so that a difference shows the member that has changed. */
function wrapped(text: string): string {
  return text.replaceAll(/^.{121,}$/gm, (line) => line.replaceAll(' | ', '\n    | '))
}

/** The files that the declarations of an entry are in, and what has been found in them. */
class Surface {
  readonly #files = new Map<string, DeclarationFile>()
  /** The exported declarations: a path, and a name there. */
  readonly #shown = new Set<string>()
  /** The classes that are exported as values, and those whose constructors they inherit. */
  readonly #constructible = new Set<string>()
  readonly #visited = new Set<string>()
  /** Declarations that are not exported. */
  readonly #rest: { readonly name: string; readonly text: string }[] = []

  exportsOf(entry: string): string[] {
    const names = [...this.#file(entry).exports.keys()].toSorted()
    const origins = names.map((name) => ({ as: name, ...this.#exported({ from: entry, name }) }))
    const texts = origins.map(({ as, from, name }) => {
      const declared = this.#files.get(from)?.textsOf(name)
      const list = `export ${this.#file(entry).typeExports.has(as) ? 'type ' : ''}{ ${as === name ? name : `${name} as ${as}`} }`
      if (declared === undefined) return `${list} from '${from}'`
      // A value of which only the type is exported, such as a class that only the package itself constructs.
      if (as !== name || (list.startsWith('export type') && declared[0]?.startsWith('declare '))) return list
      this.#shown.add(`${from} ${name}`)
      this.#allowConstruction({ from, name })
      return declared.map((text) => `export ${text}`).join('')
    })
    for (const origin of origins) this.#visit(origin)
    return texts
  }

  augmentations(): string[] {
    return [...this.#files.values()].flatMap((file) => file.augmentations).toSorted()
  }

  rest(): string[] {
    const sorted = this.#rest.toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
    return sorted.map(({ text }) => text)
  }

  #visit({ from, name }: Origin): void {
    const file = this.#files.get(from)
    const place = `${from} ${name}`
    // Node declares what core's `platform.ts` hands on.
    if (from.endsWith('/dist/platform.d.ts')) return
    if (!this.#constructible.has(place)) file?.hideConstructor(name)
    const text = file?.textsOf(name).join('') ?? ''
    // Names of the language, such as `Promise`, and names from other packages have no text here.
    if (file === undefined || text === '' || this.#visited.has(place)) return
    this.#visited.add(place)
    if (!this.#shown.has(place)) this.#rest.push({ name, text })
    for (const reference of file.referencesOf(name)) this.#visit(this.#referredTo(from, reference))
  }

  #allowConstruction({ from, name }: Origin): void {
    this.#constructible.add(`${from} ${name}`)
    const superClass = this.#files.get(from)?.constructorFrom(name)
    if (superClass !== undefined) this.#allowConstruction(this.#referredTo(from, superClass))
  }

  /** Follows a name in a file to the place that declares it. */
  #referredTo(from: string, name: string): Origin {
    const imported = this.#files.get(from)?.imports.get(name)
    return imported === undefined ? { from, name } : this.#exported(this.#resolved(from, imported))
  }

  /** Follows an export to the file that declares it, or to the other package that it comes from. */
  #exported({ from, name }: Origin): Origin {
    if (!from.startsWith('/')) return { from, name }
    const origin = this.#file(from).exports.get(name)
    if (origin === undefined) throw new Error(`${from} does not export ${name}`)
    if (typeof origin !== 'string') return this.#exported(this.#resolved(from, origin))
    return this.#referredTo(from, origin)
  }

  /** Replaces a relative specifier by the path of the declarations. */
  #resolved(importer: string, { from, name }: Origin): Origin {
    return { from: from.startsWith('.') ? join(dirname(importer), from.replace(/\.[jt]s$/, '.d.ts')) : from, name }
  }

  #file(path: string): DeclarationFile {
    const file = this.#files.get(path) ?? new DeclarationFile(path)
    this.#files.set(path, file)
    return file
  }
}
