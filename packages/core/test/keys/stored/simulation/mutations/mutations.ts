/** A change of core's sources that breaks a rule of the simulation. */
export interface Mutation {
  /** What no longer holds. */
  readonly rule: string
  /** In core's sources. */
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
  /** The report of the simulation. */
  readonly caught: RegExp
}

const replica = 'replication/replica.ts'
const replicaPolicy = 'replication/replica-policy.ts'
const rotation = 'keys/local/key-rotation.ts'
const provider = 'keys/stored/stored-key-provider.ts'
const replicatedKeys = 'keys/stored/replicated-keys.ts'
const storedKeys = 'keys/stored/stored-keys.ts'
const changes = 'keys/stored/changes/stored-key-changes.ts'

export const mutations: readonly Mutation[] = [
  {
    rule: 'an instance looks in the store for a kid that it does not know',
    file: replicatedKeys,
    find: 'this.#isTaken(kid) ? [] : this.#searched(kid, hint)',
    replace: '[]',
    caught: /is good, and was refused/,
  },
  {
    rule: 'a kid is not called unknown if the store cannot be read',
    file: replicatedKeys,
    find: 'if (keys === undefined && found.length === 0) throw this.#unavailable()',
    replace: 'if (keys === undefined) return found',
    caught: /is good, and was refused/,
  },
  {
    rule: 'signing does not wait for the store',
    file: replicatedKeys,
    find: 'await this.#keys.replica.catchUp()\n    await this.usable()\n    return super.signingKey(kid)',
    replace: 'await this.#keys.replica.refresh()\n    return super.signingKey(kid)',
    caught: /signing waited|does not sign/,
  },
  {
    rule: 'a JWKS that is served after a suspension contains what was announced in the meantime',
    file: replicatedKeys,
    find: 'await this.#keys.replica.catchUp()\n    await this.usable()\n    return super.publishedJwks()',
    replace: 'await this.usable()\n    return super.publishedJwks()',
    caught: /before a JWKS of/,
  },
  {
    rule: 'a read that a suspension interrupted is no sign that the store is down',
    file: replica,
    find: 'if (attempt.wasInterrupted) return this.#read()\n',
    replace: '',
    caught: /before a JWKS of|all has been well/,
  },
  {
    rule: 'a version is published before it signs',
    file: 'keys/local/key-plan.ts',
    find: 'createdAt + activateAfter',
    replace: 'createdAt + 1',
    caught: /before a JWKS of/,
  },
  {
    rule: 'a version does not sign before the clocks of all instances agree that it may',
    file: provider,
    find: 'return pollInterval + clockSkew',
    replace: 'return 0',
    caught: /before a JWKS of/,
  },
  {
    rule: 'a version verifies for as long as its tokens live',
    file: 'keys/local/ring/schedule.ts',
    find: '+ applied.retainFor\n',
    replace: '+ applied.retainFor / 2\n',
    caught: /is good, and was refused|would outlive its signing key/,
  },
  {
    rule: 'a version verifies for as long as instances that do not know of the next one sign with it',
    file: provider,
    find: 'return staleIfError + pollInterval + clockSkew',
    replace: 'return 0',
    caught: /is good, and was refused/,
  },
  {
    rule: 'a rotation that another instance has made is adopted',
    file: changes,
    find: 'if (ifNewest !== undefined && ifNewest !== newest.version) return described(newest)',
    replace: '',
    caught: /before the rotation was due/,
  },
  {
    rule: 'a record is written only if it has not changed',
    file: storedKeys,
    find: 'const revision = await this.replica.write({ id, value, ifRevision }, decidedAt)',
    replace: `const { signal } = new AbortController()
    const { records } = await this.#settings.store.read({ signal })
    const current = records.find((one) => one.id === id)?.revision ?? ifRevision
    const revision = await this.replica.write({ id, value, ifRevision: current } as never, decidedAt)`,
    caught: /was overwritten/,
  },
  {
    rule: 'a process that was suspended does not make a write that it had decided before',
    file: replica,
    find: 'store.write(change, { signal, within })',
    replace: 'store.write(change, { signal, within: Infinity })',
    caught: /before a JWKS of|was overwritten|before the rotation was due/,
  },
  {
    rule: 'no instance uses a key that the store does not have',
    file: storedKeys,
    find: 'const revision = await this.replica.write({ id, value, ifRevision }, decidedAt)',
    replace: `const revision = await this.replica.write({ id, value, ifRevision }, decidedAt)
    if (revision === undefined) {
      await this.#take([{ id, value, revision: 'own' }], [])
      return true
    }`,
    // An instance that publishes a key of its own does not publish the one that the store has.
    caught: /the store never had it|before a JWKS of/,
  },
  {
    rule: 'the numbers of a key that was lost and made again begin anew',
    file: rotation,
    find: 'seen.version > known.version || seen.createdAt > known.createdAt',
    replace: 'seen.version > known.version',
    caught: /before the rotation was due/,
  },
  {
    rule: 'the copy of the store is read again after a failure',
    file: replica,
    find: 'if (this.#isClosed) return\n      this.#timer.set(this.#policy.nextWait())',
    replace:
      'if (this.#isClosed || this.#lastError !== undefined) return\n      this.#timer.set(this.#policy.nextWait())',
    caught: /has not read the store/,
  },
  {
    rule: 'the copy of the store is too old after staleIfError',
    file: replicaPolicy,
    find: 'this.#mostAge = staleIfError + pollInterval',
    replace: 'this.#mostAge = 1e12',
    caught: /the copy of the store is too old/,
  },
  {
    rule: 'a notification of the store is followed by a read',
    file: replica,
    find: 'if (this.#isClosed || this.#isBehind) return',
    replace: 'return',
    caught: /the key is gone|does not have it any longer|has not reported/,
  },
  {
    rule: 'a destroyed version is refused',
    file: 'keys/stored/records/read-record.ts',
    find: 'if (isTombstone(record)) return {',
    replace: 'if (isTombstone(record)) return former?.content ?? {',
    caught: /the key is gone|does not have it any longer/,
  },
  {
    rule: 'a key that the store has lost is not used any longer',
    file: storedKeys,
    find: 'const gone = removed ??',
    replace: 'const gone = removed ?? [] ??',
    caught: /the key is gone|does not have it any longer|the store never had it/,
  },
  {
    rule: 'an instance reports that the store was emptied or restored',
    file: storedKeys,
    find: 'if (isReset === true)',
    replace: 'if (false)',
    caught: /has not reported/,
  },
  {
    rule: 'a key is not rotated while its newest record cannot be read',
    file: changes,
    find: 'if (family.setAside.every(({ version }) => version <= above)) return family',
    replace: 'if (above >= 0) return family',
    caught: /cannot be read|before the rotation was due/,
  },
  {
    rule: 'a store is not opened if no record can be read',
    file: provider,
    find: 'provider.#checkReadable()',
    replace: '',
    caught: /opens no record/,
  },
  {
    rule: 'every encryption key decrypts',
    file: 'keys/stored/records/sealed-record.ts',
    find: 'new Map(keys.map(',
    replace: 'new Map(keys.slice(0, 1).map(',
    caught: /could not read|encryptionKeys/,
  },
]
