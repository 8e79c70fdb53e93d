import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Endpoint, isLoopback, parseEndpoint, showEndpoint } from '../../src/http/endpoint.ts';

const cases: [text: string, expected: Endpoint | undefined, shown: string, loopback: boolean][] = [
  ['127.0.0.1:8008', { host: '127.0.0.1', port: 8008 }, 'http://127.0.0.1:8008/', true],
  ['[::1]:0', { host: '::1', port: 0 }, 'http://[::1]:0/', true],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }, 'http://0.0.0.0:80/', false],
  ['dav.example.com:443', { host: 'dav.example.com', port: 443 }, 'http://dav.example.com:443/', false],
  ['/run/davd/http.sock', { path: '/run/davd/http.sock' }, 'unix:/run/davd/http.sock', true],
  ['unix:/run/davd.sock', { path: '/run/davd.sock' }, 'unix:/run/davd.sock', true],
];
for (const [text, expected, shown, loopback] of cases) {
  test(`parseEndpoint: ${text}`, () => {
    const endpoint = parseEndpoint(text);
    assert.deepEqual(endpoint, expected);
    if (endpoint) assert.deepEqual([showEndpoint(endpoint), isLoopback(endpoint)], [shown, loopback]);
  });
}

for (const bad of ['8008', ':8008', 'host', 'host:', 'host:65536', '::1:8008', 'a b:1', 'http://x:1', '']) {
  test(`parseEndpoint: "${bad}" is refused`, () => assert.equal(parseEndpoint(bad), undefined));
}
