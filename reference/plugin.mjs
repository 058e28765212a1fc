import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc'

/**
 * What this reference does differently from TypeDoc.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, nameAsImported)
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, showSignature)
  // After TypeDoc has found out which members are inherited, and before it groups the members of a page.
  app.converter.on(Converter.EVENT_RESOLVE_END, linkInherited, -50)
}

/** Names a module as it is imported: `fetch/src/hono` is `@bearerkit/fetch/hono`. */
function nameAsImported(_, reflection) {
  if (reflection.kindOf(ReflectionKind.Module)) reflection.name = `@bearerkit/${reflection.name.replace('/src', '')}`
}

/** Shows the signature of a guard, which is declared as `Members['requireScopes']`. */
function showSignature(context, reflection) {
  if (!reflection.kindOf(ReflectionKind.Variable) || reflection.type?.type !== 'indexedAccess') return
  const type = context.checker.getTypeOfSymbol(context.getSymbolFromReflection(reflection))
  reflection.type = context.converter.convertType(context.withScope(reflection), type)
}

/** Documents an inherited member only where it is declared, and links it from the page of each type that inherits it. */
function linkInherited({ project }) {
  const heirs = project
    .getReflectionsByKind(ReflectionKind.ClassOrInterface)
    .map((heir) => ({ heir, inherited: (heir.children ?? []).filter((member) => originOf(member) !== member) }))
    .filter(({ inherited }) => inherited.length > 0)
  for (const { heir, inherited } of heirs) {
    heir.comment ??= new Comment()
    heir.comment.blockTags.push(new CommentTag('@inherited', inherited.flatMap(linkTo)))
  }
  for (const { inherited } of heirs) for (const member of inherited) project.removeReflection(member)
}

/** Returns the documented member that a member is inherited from, or the member itself. */
function originOf(member) {
  const ancestor = member.inheritedFrom?.reflection
  return ancestor === undefined ? member : originOf(ancestor)
}

function linkTo(member, index) {
  const link = { kind: 'inline-tag', tag: '@link', text: member.name, target: originOf(member) }
  return index === 0 ? [link] : [{ kind: 'text', text: ', ' }, link]
}
