/** Header values exactly as proxies write them. */

/** The variable `$ssl_client_escaped_cert` of nginx (ngx_http_ssl_module): `encodeURIComponent` of the PEM. */
export function nginxValue(pem: string): string {
  return encodeURIComponent(pem)
}

/**
 * `X-Amzn-Mtls-Clientcert-Leaf` and `X-Amzn-Mtls-Clientcert` of the Application Load Balancer of AWS ("HTTP headers and
 * mutual TLS"): URL-encoded PEM with `+`, `=` and `/` as safe characters.
 */
export function albValue(pem: string): string {
  return encodeURIComponent(pem).replaceAll('%2B', '+').replaceAll('%3D', '=').replaceAll('%2F', '/')
}

/** `Client-Cert`: RFC 9440 §2.1. */
export function rfc9440Value(der: Buffer): string {
  return `:${der.toString('base64')}:`
}

/** `ssl_c_der,base64` of HAProxy. */
export function haproxyValue(der: Buffer): string {
  return der.toString('base64')
}

/** One element of Envoy's `x-forwarded-client-cert` ("HTTP header manipulation"), with all details switched on. */
export function envoyElement({
  cert,
  fingerprint256,
}: {
  readonly cert: string
  readonly fingerprint256: string
}): string {
  const hash = fingerprint256.replaceAll(':', '').toLowerCase()
  const by = 'By=spiffe://cluster.local/ns/default/sa/gateway'
  const names =
    'Subject="CN=client.example,O=\\"Acme\\, Inc.\\"";URI=spiffe://cluster.local/ns/default/sa/client;DNS=a.example'
  return `${by};Hash=${hash};Cert="${nginxEscaped(cert)}";Chain="${nginxEscaped(cert)}";${names};DNS=b.example`
}

/** Envoy escapes line breaks, spaces, `+`, `/` and `=`. In a PEM this is the same as `encodeURIComponent`. */
function nginxEscaped(pem: string): string {
  return encodeURIComponent(pem)
}
