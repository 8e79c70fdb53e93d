import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf, parseTrustedProxies, plainAddress } from '../../src/http/forwarded.ts';

const trusted = parseTrustedProxies(['10.0.0.0/8', '::1', '2001:db8::/32']);

const cases: [
  peer: string,
  headers: Record<string, string>,
  remote: string,
  secure: boolean,
  fact: string,
][] = [
  ['10.0.0.1', {}, '10.0.0.1', false, 'without headers the peer is the client'],
  [
    '192.0.2.9',
    { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' },
    '192.0.2.9',
    false,
    'a stranger is not believed',
  ],
  [
    '10.0.0.1',
    { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' },
    '198.51.100.1',
    true,
    'a trusted proxy is',
  ],
  [
    '10.0.0.1',
    { 'x-forwarded-for': '1.1.1.1, 198.51.100.1, 10.2.2.2' },
    '198.51.100.1',
    false,
    'what the client claims about itself is not',
  ],
  [
    '10.0.0.1',
    { 'x-forwarded-for': '198.51.100.1, 10.2.2.2', 'x-forwarded-proto': 'https' },
    '198.51.100.1',
    true,
    'one protocol stands for all hops',
  ],
  [
    '10.0.0.1',
    { 'x-forwarded-for': 'garbage, 10.2.2.2' },
    '10.2.2.2',
    false,
    'an unreadable hop ends the walk',
  ],
  ['10.0.0.1', { 'x-forwarded-proto': 'https' }, '10.0.0.1', true, 'the protocol alone counts'],
  [
    'unix',
    { 'x-forwarded-for': '198.51.100.1' },
    '198.51.100.1',
    false,
    'a proxy on a unix socket is trusted',
  ],
  ['::1', { forwarded: 'for=198.51.100.7;proto=https;host=x' }, '198.51.100.7', true, 'Forwarded'],
  [
    '::1',
    { forwarded: 'for="[2001:4860::1]:4711";Proto=HTTPS' },
    '2001:4860::1',
    true,
    'Forwarded with IPv6 and port',
  ],
  [
    '::1',
    { forwarded: 'for=1.1.1.1, for=198.51.100.7, for="[2001:db8::2]"' },
    '198.51.100.7',
    false,
    'Forwarded through two proxies',
  ],
  ['::1', { forwarded: 'for=unknown;proto=https' }, '::1', true, 'Forwarded that hides the client'],
  [
    '::1',
    { forwarded: 'for=198.51.100.7', 'x-forwarded-for': '1.1.1.1' },
    '198.51.100.7',
    false,
    'Forwarded goes before X-Forwarded-For',
  ],
  ['10.0.0.1', { 'x-forwarded-for': '198.51.100.1:5555' }, '198.51.100.1', false, 'a port is dropped'],
];
for (const [peer, headers, remote, secure, fact] of cases) {
  test(`clientOf: ${fact}`, () =>
    assert.deepEqual(clientOf({ remote: peer, secure: false }, headers, trusted), { remote, secure }));
}

for (const bad of ['10.0.0.0/33', 'example.com', '10.0.0/8', '::1/129', '1.2.3.4/8/9', '', '1.2.3.4/']) {
  test(`parseTrustedProxies: "${bad}" is refused by name`, () =>
    assert.throws(
      () => parseTrustedProxies([bad]),
      new RangeError(`"${bad}" is neither an IP address nor a range like 10.0.0.0/8`),
    ));
}

test('plainAddress: IPv4 over an IPv6 socket is IPv4', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(plainAddress('2001:db8::1'), '2001:db8::1');
});
