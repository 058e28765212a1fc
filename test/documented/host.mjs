// Runs documented servers, all in this process, and prints the port of each as JSON. The modules are the arguments.
//
// The examples name ports and issuers as a reader would write them. Here every server listens on a free port of the
// loopback interface, and `https://issuer.example.com/x` is fetched from `$INTERNET/issuer.example.com/x`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import net from 'node:net'

const { INTERNET: internet } = process.env
const builtIn = globalThis.fetch
if (internet !== undefined) {
  globalThis.fetch = (input, init) => {
    const { host, pathname, search } = new URL(input)
    return builtIn(`${internet}/${host}${pathname}${search}`, init)
  }
}

let started = []
const { value: listen } = Object.getOwnPropertyDescriptor(net.Server.prototype, 'listen')
net.Server.prototype.listen = function (...args) {
  started.push(once(this, 'listening').then(() => this.address().port))
  return listen.apply(this, onFreePort(args))
}

function onFreePort([first, ...rest]) {
  if (typeof first === 'object') return [{ ...first, port: 0, host: '127.0.0.1' }, ...rest]
  return [0, '127.0.0.1', ...rest.filter((one) => typeof one === 'function')]
}

/** The HTTP API of API Gateway: it invokes a handler of AWS Lambda with events of the format 2.0. */
function gatewayTo(handler) {
  return (request, response) => void invoke(handler, request, response)
}

async function invoke(handler, { method, url, headers }, response) {
  const { pathname, search, host } = new URL(url, `http://${headers.host}`)
  const http = {
    method,
    path: pathname,
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    userAgent: headers['user-agent'],
  }
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    requestContext: { http, domainName: host, stage: '$default', requestId: '1', routeKey: '$default' },
    isBase64Encoded: false,
  }
  const answer = await handler(event, { awsRequestId: '1' })
  response.writeHead(answer.statusCode, answer.headers).end(answer.body)
}

const ports = {}
for (const module of process.argv.slice(2)) {
  started = []
  const { handler } = await import(module)
  if (handler !== undefined) createServer(gatewayTo(handler)).listen(0)
  ports[module] = await started[0]
}
console.log(JSON.stringify(ports))
