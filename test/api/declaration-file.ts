import { readFileSync } from 'node:fs'
import { type ClassMember, type Module, type ModuleItem, parseSync, printSync } from '@swc/core'

type Node = Readonly<Record<string, unknown>>

/** A name in another file or package. */
export interface Origin {
  readonly from: string
  readonly name: string
}

/** The declarations that the compiler has emitted for a file of sources. Reads no statement that it does not know. */
export class DeclarationFile {
  /** Statements, by the name that they declare. An overloaded function has several. */
  readonly #statements = new Map<string, ModuleItem[]>()
  /** What this file imports, by the name that it has here. */
  readonly imports = new Map<string, Origin>()
  /** What this file exports: a name that it has here, or one in another file. */
  readonly exports = new Map<string, string | Origin>()
  /** The exports that cannot be used as values: `export type { … }`. */
  readonly typeExports = new Set<string>()
  /** The texts of `declare global` and `declare module`. */
  readonly augmentations: string[] = []

  readonly #module: Module

  constructor(path: string) {
    this.#module = parseSync(readFileSync(path, 'utf8'), { syntax: 'typescript' })
    for (const item of this.#module.body) this.#read(item)
  }

  /** The texts of the statements that declare a name, without comments and without `export`. */
  textsOf(name: string): string[] {
    return (this.#statements.get(name) ?? []).map((statement) => this.#textOf(statement))
  }

  /** The names that a declaration refers to. */
  referencesOf(name: string): string[] {
    return [...nodesIn(this.#statements.get(name))].flatMap(referencesIn)
  }

  /** The name of the class whose constructor a class has, if it has none of its own. */
  constructorFrom(name: string): string | undefined {
    const [statement] = this.#statements.get(name) ?? []
    if (statement?.type !== 'ClassDeclaration' || statement.body.some(({ type }) => type === 'Constructor')) return
    return firstOf(statement.superClass)[0]
  }

  /** Leaves out what only the package itself can call, if it exports the type of a class and not the class. */
  hideConstructor(name: string): void {
    for (const statement of this.#statements.get(name) ?? [])
      if (statement.type === 'ClassDeclaration') statement.body = statement.body.filter(isUsableByType)
  }

  #read(item: ModuleItem): void {
    if (item.type === 'ImportDeclaration')
      for (const specifier of item.specifiers) {
        const name = specifier.type === 'ImportSpecifier' ? (specifier.imported ?? specifier.local).value : '*'
        this.imports.set(specifier.local.value, { from: item.source.value, name })
      }
    else if (item.type === 'ExportNamedDeclaration')
      for (const specifier of item.specifiers) {
        if (specifier.type !== 'ExportSpecifier') throw unknownStatement(specifier.type)
        const { orig, exported, isTypeOnly } = specifier
        const exportedAs = (exported ?? orig).value
        this.exports.set(exportedAs, item.source ? { from: item.source.value, name: orig.value } : orig.value)
        if (item.typeOnly || isTypeOnly) this.typeExports.add(exportedAs)
      }
    else if (item.type === 'TsModuleDeclaration') this.augmentations.push(this.#textOf(item))
    else if (item.type === 'ExportDeclaration')
      for (const name of this.#declare(item.declaration)) this.exports.set(name, name)
    else this.#declare(item)
  }

  #declare(statement: ModuleItem): string[] {
    const names = namesOf(statement)
    for (const name of names) this.#statements.set(name, [...(this.#statements.get(name) ?? []), statement])
    return names
  }

  #textOf(statement: ModuleItem): string {
    return printSync({ ...this.#module, body: [statement] }).code
  }
}

function namesOf(statement: object): string[] {
  const { type, identifier, id, declarations } = statement as Node
  if (Array.isArray(declarations)) return (declarations as object[]).flatMap(namesOf)
  const name = (identifier ?? id) as Node | undefined
  if (name?.['type'] !== 'Identifier') throw unknownStatement(type)
  return [String(name['value'])]
}

function unknownStatement(type: unknown): Error {
  return new Error(`The API report cannot read ${String(type)}: teach it to, or write the declaration differently.`)
}

function isUsableByType(member: ClassMember): boolean {
  return member.type !== 'Constructor' && !('accessibility' in member && member.accessibility === 'private')
}

/** The members of a syntax node that name a type, a value or a class. */
const references = ['typeName', 'exprName', 'expression', 'superClass']

function referencesIn(node: Node): string[] {
  if (node['type'] === 'TsImportType') throw unknownStatement(node['type'])
  return references.flatMap((member) => firstOf(node[member]))
}

/** The `a` of `a.b.c`. */
function firstOf(name: unknown): string[] {
  const { type, value, left, object } = (name ?? {}) as Node
  if (type === 'Identifier') return [String(value)]
  return left === undefined && object === undefined ? [] : firstOf(left ?? object)
}

/** The nodes of a syntax tree, from the top. */
function* nodesIn(tree: unknown): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return
  yield tree as Node
  for (const child of Object.values(tree)) yield* nodesIn(child)
}
