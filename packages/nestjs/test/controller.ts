import { All, type CanActivate, Controller, HttpCode, type Type, UseGuards } from '@nestjs/common'
import { Auth, type AuthContext } from '../src/index.ts'

export interface Route {
  readonly path: string
  readonly guards: readonly CanActivate[]
  readonly answer: (auth: AuthContext | undefined) => unknown
  readonly decorators?: readonly MethodDecorator[]
}

/** Creates a controller. Applies the decorators as the compiler does, so that the tests need no compiler option. */
export function controllerWith(routes: readonly Route[]): Type {
  class Routes {}
  routes.forEach(({ path, guards, answer, decorators = [] }, index) => {
    const name = `route${index}`
    const descriptor: PropertyDescriptor = { value: (auth: AuthContext | undefined) => answer(auth), writable: true }
    Object.defineProperty(Routes.prototype, name, descriptor)
    for (const decorate of [All(path), HttpCode(200), UseGuards(...guards), ...decorators])
      decorate(Routes.prototype, name, descriptor)
    Auth()(Routes.prototype, name, 0)
  })
  Controller()(Routes)
  return Routes
}
