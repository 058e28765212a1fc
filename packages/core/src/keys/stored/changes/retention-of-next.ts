import type { KeyDraft } from '../../local/key-plan.ts'
import { retainedForLateSigners } from '../../local/late-signers.ts'
import { withRetention } from '../../local/ring/family.ts'
import type { Retention } from '../../local/ring/schedule.ts'

/**
 * The retention with the next version of a key, if the caller gives none. What this version replaces stays longer if some
 * instances may not know of it yet when it starts to sign: after a rotation at once, as when a key has leaked. What retires
 * later stays as long as before.
 */
export function retentionOfNext(
  former: readonly Retention[],
  { createdAt, activatesAt = createdAt }: Pick<KeyDraft, 'createdAt' | 'activatesAt'>,
  longestUnaware: number,
): readonly Retention[] {
  const usual = former.at(-1)?.retainFor ?? Infinity
  const retainFor = retainedForLateSigners(usual, { activateAfter: activatesAt - createdAt, longestUnaware })
  if (retainFor === usual) return former
  const longer = withRetention(former, { since: createdAt, retainFor })
  return withRetention(longer, { since: activatesAt + 1, retainFor: usual })
}
