/** Parts of a representation (RFC 9110 §14): one range of bytes at a time. */

import type { Reply, Req } from './types.ts';

const ONE_RANGE = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i;

/**
 * The answer to a GET with `bytes` as content and `headers` about it, which must have `etag` and `last-modified`: whole,
 * or the part that Range asks for (206), or that there is no such part (416). Several ranges at once are not
 * taken apart, which §14.2 allows.
 */
export function answerRange(
  { method, headers: asked }: Req,
  headers: Reply['headers'],
  bytes: Uint8Array,
): Reply {
  const described = { ...headers, 'accept-ranges': 'bytes' };
  const whole: Reply = { status: 200, headers: described, body: bytes };
  const match = ONE_RANGE.exec(asked['range'] ?? '');
  if (method !== 'GET' || !match || !isCurrent(asked['if-range'], headers)) return whole;
  const [, first = '', last = ''] = match;
  const size = bytes.length;
  if (first === '' && last === '') return whole;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return whole;
  if (start > end) return { status: 416, headers: { ...described, 'content-range': `bytes */${size}` } };
  return {
    status: 206,
    headers: { ...described, 'content-range': `bytes ${start}-${end}/${size}` },
    body: bytes.subarray(start, end + 1),
  };
}

/** RFC 9110 §13.1.5: a strong validator that is exactly ours. */
function isCurrent(ifRange: string | undefined, headers: Reply['headers']): boolean {
  return ifRange === undefined || [headers['etag'], headers['last-modified']].includes(ifRange.trim());
}
