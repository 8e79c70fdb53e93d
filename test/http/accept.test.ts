import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptance } from '../../src/http/accept.ts';

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
