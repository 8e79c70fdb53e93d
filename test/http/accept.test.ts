import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptance, parseAccept } from '../../src/http/accept.ts';

const json = 'application/calendar+json';

for (const [header, expected] of [
  [undefined, 1],
  ['', 1],
  ['*/*', 1],
  [json, 1],
  ['application/*;q=0.5, */*;q=0.1', 0.5],
  ['*/*;q=0.1', 0.1],
  ['text/calendar', 0],
  [`text/calendar, ${json};q=0.3`, 0.3],
  [`${json} ; q=0`, 0],
  ['APPLICATION/Calendar+JSON;Q=0.7', 0.7],
  [`${json};q=much`, 1],
] as const) {
  test(`acceptance of jCal by "${header}" is ${expected}`, () => {
    assert.equal(acceptance(header, json), expected);
  });
}
const cases: [header: string | undefined, ranges: string[], fact: string][] = [
  [undefined, [], 'no header wishes nothing'],
  ['', [], 'nor does an empty one'],
  ['text/vcard', ['text/vcard'], 'one media type'],
  ['Text/VCard ; Version=4.0', ['text/vcard version=4.0'], 'case and blanks do not matter'],
  ['text/vcard;version="4.0"', ['text/vcard version=4.0'], 'a quoted parameter'],
  ['a/b;x="1,2;3\\"", c/d', ['a/b x=1,2;3"', 'c/d'], 'separators in quotes separate nothing'],
  ['a/b;q=0.5, c/d, */*;q=0.1', ['c/d', 'a/b 0.5', '*/* 0.1'], 'the best liked comes first'],
  ['a/b;q=0', ['a/b 0'], 'what is not acceptable is there too'],
  ['a/b;q=often', ['a/b'], 'a weight that is no number is none'],
  [', ,', [], 'garbage is no wish'],
];

for (const [header, ranges, fact] of cases) {
  test(`parseAccept: ${fact}`, () => {
    const read = parseAccept(header).map(({ type, parameters, quality }) =>
      [type, ...[...parameters].map((pair) => pair.join('=')), quality === 1 ? [] : quality].flat().join(' '),
    );
    assert.deepEqual(read, ranges);
  });
}
