import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { etagOf, etagOfAny } from '../../src/store/flat/record.ts';

const KB = 1024;

for (const octets of [0, 1, 256 * KB, 256 * KB + 1, 3000 * KB, 10_000 * KB + 17]) {
  test(`the etag of ${octets} octets is a hash of all of them, in whatever pieces it is worked out`, async () => {
    const bytes = randomBytes(octets);
    const sum = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    assert.equal(await etagOfAny(bytes), sum);
    assert.equal(etagOf(bytes), sum);
  });
}
