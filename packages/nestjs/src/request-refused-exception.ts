import type { RequestRefusedError } from '@bearerkit/core'
import { HttpException } from '@nestjs/common'

/**
 * Thrown by the guards for a refused request. Exception filters for `HttpException` handle it. `refusal` has the `reason` and
 * the `cause` for the log, and the complete answer. Its headers are already set on the response.
 */
export class RequestRefusedException extends HttpException {
  readonly refusal: RequestRefusedError

  constructor(refusal: RequestRefusedError) {
    const {
      status: statusCode,
      message,
      error = statusCode === 503 ? 'temporarily_unavailable' : 'unauthorized',
    } = refusal
    super({ statusCode, message, error }, statusCode, { cause: refusal })
    this.refusal = refusal
  }
}
