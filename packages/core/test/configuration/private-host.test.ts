import { isPrivateHost } from '../../src/configuration/private-host.ts'

const hostOf = (authority: string): string => new URL(`https://${authority}/`).hostname

describe('isPrivateHost', () => {
  it.each([
    // RFC 6761 §6.3
    'localhost',
    'LOCALHOST',
    'localhost.',
    'app.localhost',
    'a.b.localhost.',
    // IPv4, RFC 6890
    '127.0.0.1',
    '127.255.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    // other spellings of IPv4
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '①②⑦.⓪.⓪.①',
    // IPv6
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[64:ff9b:1::1]',
    // IPv4 in IPv6
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::ffff:0:10.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::192.168.1.1]',
  ])('is true for %s', (authority) => {
    expect(isPrivateHost(hostOf(authority))).toBe(true)
  })

  it.each([
    'issuer.example.com',
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '169.253.255.255',
    '[2606:4700::1111]',
    '[2a00:1450:4001:80b::200e]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::8.8.8.8]',
  ])('is false for %s', (authority) => {
    expect(isPrivateHost(hostOf(authority))).toBe(false)
  })
})
