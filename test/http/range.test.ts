import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerRange } from '../../src/http/range.ts';
import type { Req } from '../../src/http/types.ts';

const about = { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };

function answer(headers: Req['headers'], method = 'GET', text = '0123456789') {
  const reply = answerRange({ method, headers } as Req, about, Buffer.from(text));
  return [
    reply.status,
    reply.headers['content-range'],
    reply.body && Buffer.from(reply.body as Uint8Array).toString(),
  ];
}

test('answerRange: RFC 9110 §14.1.2', () => {
  assert.deepEqual(answer({ range: 'bytes=0-4' }), [206, 'bytes 0-4/10', '01234']);
  assert.deepEqual(answer({ range: 'bytes=9-' }), [206, 'bytes 9-9/10', '9']);
  assert.deepEqual(answer({ range: 'bytes=-3' }), [206, 'bytes 7-9/10', '789']);
  assert.deepEqual(answer({ range: 'bytes=-300' }), [206, 'bytes 0-9/10', '0123456789']);
  assert.deepEqual(answer({ range: 'Bytes = 2 - 3' }), [206, 'bytes 2-3/10', '23']);
  assert.deepEqual(answer({ range: 'bytes=10-' }), [416, 'bytes */10', undefined]);
  assert.deepEqual(answer({ range: 'bytes=0-' }, 'GET', ''), [416, 'bytes */0', undefined]);
});

test('answerRange: all of it where a range is not asked for, not understood or not meant', () => {
  const whole = [200, undefined, '0123456789'];
  for (const range of ['bytes=3-2', 'bytes=1-2,4-5', 'bytes=', 'bytes=a-b', 'seconds=1-2', '']) {
    assert.deepEqual(answer({ range }), whole, range);
  }
  assert.deepEqual(answer({ range: 'bytes=0-1' }, 'HEAD'), whole);
  for (const validator of ['"x"', 'W/"e"', 'Thu, 01 Jan 2026 00:00:01 GMT']) {
    assert.deepEqual(answer({ range: 'bytes=0-1', 'if-range': validator }), whole, validator);
  }
  for (const validator of Object.values(about)) {
    assert.deepEqual(answer({ range: 'bytes=0-1', 'if-range': validator })[0], 206, validator);
  }
});
