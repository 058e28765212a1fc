/** What all processes of a soak have in common. */

/** Instances behind a load balancer have one URL, so a proof that one of them accepted is a replay on all others. */
export const publicUrl = 'https://api.soak.test'
export const audience = publicUrl

/** The issuer whose keys are stored. */
export const ownIssuer = 'https://own.soak.test'

export const scope = 'reports:read'
/** The path that needs the scope, and the one that needs none. */
export const paths = { guarded: '/reports', open: '/me' } as const

/** Stands for 32 random bytes. */
export const encryptionKeys: string[] = [Buffer.alloc(32, 1).toString('base64url')]

/** For `exp`, in milliseconds. Short, so that expired tokens are refused within a short soak. */
export const clockTolerance = 1000

/** How long fetched keys are fresh, and the deadline of a fetch, in milliseconds. */
export const cacheTtl = 4000
export const requestTimeout = 2000

/** Where the instances share their records. Each kind has a prefix of its own. */
export interface SharedStore {
  readonly url: string
  readonly prefix: string
}

export const frameworkNames = ['express', 'koa', 'fastify'] as const
export type FrameworkName = (typeof frameworkNames)[number]
