import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, type ContractRequest } from '../client.ts'
import { logoutToken } from '../rows/logout-rows.ts'
import { assertRefused, backChannelScene, formRequest, sharedBackChannel } from './back-channel-app.ts'
import type { Cases } from './case.ts'

/** The form in a POST request, parsed by the framework or read by the handler. */
export const formBodyCases: Cases = {
  async 'is read from the request if the framework has not parsed it'(stage) {
    const { issuer, post } = await sharedBackChannel(stage)
    assert.equal((await post('/logout', { logout_token: await logoutToken(issuer.forge) })).status, 200)
  },

  async 'is taken as the framework has parsed it'(stage) {
    const { issuer, post } = await backChannelScene(stage, { app: { parsesForms: true } })
    assert.equal((await post('/logout', { logout_token: await logoutToken(issuer.forge) })).status, 200)
    for (const body of ['', 'logout_token=a&logout_token=b', 'other=1'])
      assertRefused(await post('/logout', {}, { body }), 400, 'invalid_request')
  },

  async 'may have parameters of its media type'(stage) {
    const { issuer, post } = await sharedBackChannel(stage)
    const headers = { 'content-type': 'Application/X-WWW-Form-URLencoded; charset=UTF-8' }
    assert.equal((await post('/logout', { logout_token: await logoutToken(issuer.forge) }, { headers })).status, 200)
  },

  async 'may have escapes'(stage) {
    const { issuer, post } = await sharedBackChannel(stage)
    const token = await logoutToken(issuer.forge)
    const body = `%6cogout_token=${token.replaceAll('.', '%2E')}`
    assert.equal((await post('/logout', {}, { body })).status, 200)
  },

  async 'must not be JSON'(stage) {
    const { issuer, post } = await sharedBackChannel(stage)
    const body = JSON.stringify({ logout_token: await logoutToken(issuer.forge) })
    const headers = { 'content-type': 'application/json' }
    assertRefused(await post('/logout', {}, { body, headers }), 400, 'invalid_request')
  },

  async 'may be 65,536 bytes long'(stage) {
    const { app, issuer } = await sharedBackChannel(stage)
    const start = `logout_token=${await logoutToken(issuer.forge)}&padding=`
    const body = start + 'x'.repeat(65_536 - start.length)
    assert.equal((await ask(app.server, formRequest('/logout', {}, { body }))).status, 200)
    const { headers } = assertRefused(await ask(app.server, formRequest('/logout', {}, { body: `${body}x` })), 413)
    assert.equal(headers['connection'], 'close')
  },

  async 'is not waited for if the client leaves'(stage) {
    const { app, issuer, post } = await sharedBackChannel(stage)
    const { port } = app.server.address() as AddressInfo
    const { method = '', path, headers = {} } = formRequest('/logout', {})
    const options = { host: '127.0.0.1', port, method, path, headers: { ...headers, 'content-length': '100' } }
    const sent = httpRequest({ ...options, agent: false })
    const left = new Promise((resolve) => sent.on('error', resolve).on('close', resolve))
    const received = new Promise((resolve) => app.server.prependOnceListener('request', resolve))
    sent.write('logout_')
    await received
    sent.destroy()
    await left
    assert.equal((await post('/logout', { logout_token: await logoutToken(issuer.forge) })).status, 200)
  },

  async 'is for POST alone'(stage) {
    const { app } = await sharedBackChannel(stage)
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      for (const path of ['/logout', '/revoke']) {
        const request: ContractRequest = { method, path }
        const { headers } = assertRefused(await ask(app.server, request), 405)
        assert.equal(headers['allow'], 'POST', method)
      }
    }
  },
}
