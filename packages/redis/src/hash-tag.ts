import { ConfigurationError } from '@bearerkit/core'

/**
 * A prefix with a hash tag: keys that share the text between braces are on one node of a cluster, where a script can reach
 * all of them.
 *
 * @throws ConfigurationError if the prefix has braces that make no tag
 */
export function tagged(prefix: string): string {
  if (!/[{}]/.test(prefix)) return `{${prefix}}`
  if (/^[^{}]*\{[^{}]+\}[^{}]*$/.test(prefix)) return prefix
  throw new ConfigurationError(
    'redisStore: option `prefix` may have one hash tag, such as `{orders}:`, and no other braces',
    'prefix',
  )
}
