import { type CustomDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common'
import { Reflector } from '@nestjs/core'

const exempt = 'bearerkit:public'
const metadata = new Reflector()

/**
 * Exempts a handler, or all handlers of a controller, from `verifyJwt`.
 *
 * ```ts
 * import { Public } from '@bearerkit/nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller()
 * export class HealthController {
 *   @Public()
 *   @Get('health')
 *   health(): string {
 *     return 'fine'
 *   }
 * }
 * ```
 */
export const Public = (): CustomDecorator => SetMetadata(exempt, true)

export function isExempt(context: ExecutionContext): boolean {
  return metadata.getAllAndOverride<true | undefined>(exempt, [context.getHandler(), context.getClass()]) ?? false
}
