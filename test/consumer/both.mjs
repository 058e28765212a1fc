import { createRequire } from 'node:module'
import { RequestRefusedError } from '@bearerkit/core'
import { RequestRefusedError as ofExpress } from '@bearerkit/express'

const required = createRequire(import.meta.url)('@bearerkit/core')
console.log(RequestRefusedError === required.RequestRefusedError, RequestRefusedError === ofExpress)
