/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

const config: Config = {
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/examples/test/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
  ],
  // Jest leaves a processor free for whoever watches; on two that would be half of the time.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/support/slowest-first.cjs',
  // A busy machine takes its time: RSA keys alone take seconds there.
  testTimeout: 60_000,
  modulePathIgnorePatterns: ['/dist/'],
  transform: { '\\.[jt]s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
  // jose, cookie (under fastify.inject) and the OAuth clients are ES modules, which Jest cannot `require` before Node 24.9.
  transformIgnorePatterns: ['/node_modules/(?!(?:.*/)?(?:jose|cookie|oauth4webapi|openid-client|@nestjs)/)'],
  // Tests run on the sources of our packages, so none of them needs a build.
  testEnvironmentOptions: { customExportConditions: ['@bearerkit/source', 'node', 'node-addons'] },
}

export default config
