import type { Server } from 'node:http'
import type { Setup, Subject } from './subject.ts'

/** A protected application with one route, `GET /`. */
export interface App {
  readonly listen: (listening: () => void) => Server
}

export interface Framework {
  readonly subjects: readonly Pick<Subject<unknown>, 'name' | 'role' | 'tokens' | 'algs'>[]
  readonly start: (subject: string, setup: Setup) => Promise<App>
}

export type FrameworkName = 'Express' | 'Koa' | 'Fastify'

/** The frameworks by name. A server loads only its own. */
export const frameworks: Readonly<Record<FrameworkName, () => Promise<Framework>>> = {
  Express: async () => frameworkOf(await import('./express.ts')),
  Koa: async () => frameworkOf(await import('./koa.ts')),
  Fastify: async () => frameworkOf(await import('./fastify.ts')),
}

function frameworkOf<Protection>(module: {
  readonly subjects: readonly Subject<Protection>[]
  appWith(protection: Protection): Promise<App>
}): Framework {
  return {
    subjects: module.subjects,
    async start(name, setup) {
      const subject = module.subjects.find((one) => one.name === name)
      if (subject === undefined) throw new Error(`there is no subject ${name}`)
      return module.appWith(await subject.protection(setup))
    },
  }
}
