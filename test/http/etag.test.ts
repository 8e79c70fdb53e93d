import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEtags } from '../../src/http/etag.ts';

const cases: [header: string | undefined, expected: readonly string[] | '*' | undefined, fact: string][] = [
  [undefined, undefined, 'no header is no condition'],
  ['*', '*', 'a star is any'],
  [' * ', '*', 'blanks around the star do not matter'],
  ['"abc"', ['abc'], 'a strong tag loses its quotes'],
  ['W/"abc"', ['abc'], 'a tag made weak by a proxy compares as sent'],
  ['"abc-gzip"', ['abc-gzip', 'abc'], "a compressing proxy's suffix may be one, or belong to the tag"],
  ['W/"abc-br", "def-zstd"', ['abc-br', 'abc', 'def-zstd', 'def'], 'both, in a list'],
  ['abc', ['abc'], 'a tag without quotes is read'],
  ['W/abc', ['abc'], 'a weak tag without quotes is read'],
  [
    'abc, "d,e" ,, "f"',
    ['abc', 'd,e', 'f'],
    'a comma inside quotes is part of the tag, empty elements are not',
  ],
  ['"*"', ['*'], 'a quoted star is a tag'],
  ['', [], 'an empty header matches nothing'],
  ['""', [''], 'an empty tag is a tag'],
];

for (const [header, expected, fact] of cases) {
  test(`parseEtags: ${fact}`, () => assert.deepEqual(parseEtags(header), expected));
}
