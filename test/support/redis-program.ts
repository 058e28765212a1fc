import { pathOf, type Program } from './installed-program.ts'

const redis: Program = {
  names: ['valkey-server', 'redis-server'],
  package: 'redis-server',
  remedy: 'set BEARERKIT_TEST_REDIS_URL, put valkey-server or redis-server on the path',
}

/** The server that tests run against. */
export function redisProgram(): Promise<string> {
  return pathOf(redis)
}
