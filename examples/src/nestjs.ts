import type { Server } from 'node:http'
import { LocalKeyProvider } from '@bearerkit/core'
import { Auth, type AuthContext, jwksHandler, Public, requireScopes, verifyJwt } from '@bearerkit/nestjs'
import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

@Controller()
class ApiController {
  @Public()
  @Get('public')
  greet(): object {
    return { hello: 'world' }
  }

  @Get('me')
  me(@Auth() auth: AuthContext): object {
    return auth.claims
  }

  @Get('reports')
  @UseGuards(requireScopes('reports:read'))
  reports(@Auth() auth: AuthContext): object {
    return { reports: [], for: auth.claims.sub }
  }
}

// Protects every handler without @Public(). Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE.
const authenticate = verifyJwt({ dpop: { algorithms: ['ES256'] } })

@Module({ controllers: [ApiController], providers: [{ provide: APP_GUARD, useValue: authenticate }] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
app.use('/.well-known/jwks.json', jwksHandler(keys))
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1')
announce('Nest', app.getHttpServer() as Server)
