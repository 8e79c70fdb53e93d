import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { readCalendar } from '../../src/model/component.ts';
import { expandCalendar } from '../../src/model/expand.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { TooMuch } from '../../src/model/work.ts';
import { UTC } from '../../src/model/zone.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { happenings } from './expectations.ts';

const FROM = Date.UTC(2010, 0, 1);
const TO = Date.UTC(2035, 0, 1) - 1;
const ENTRY = /^(\S+\.ics): (.+)\n {2}(?:(\d+):(.*)|refused)$/gm;

const table = readFileSync(new URL('collected-calendars.txt', import.meta.url), 'utf8');

describe('calendars from reports of errors', { skip: corpusAbsent }, () => {
  const paths = new Map(
    corpusFiles('.ics')
      .filter(({ name }) => name.startsWith('niccokunzmann'))
      .map(({ path }) => [basename(path), path]),
  );
  const entries = [...table.matchAll(ENTRY)];

  test('each has its expectation', () => {
    assert.deepEqual(entries.map(([, name]) => name).sort(), [...paths.keys()].sort());
  });

  for (const [, name = '', words, count, starts = ''] of entries) {
    test(`${name}: ${words}`, () => {
      const path = paths.get(name) ?? '';
      if (count === undefined) {
        assert.throws(() => happenings(path, FROM, TO), InvalidData);
        return;
      }
      const expected = starts.replace('…', '').trim().split(' ').filter(Boolean);
      const found = happenings(path, FROM, TO).map(({ start }) => start);
      assert.deepEqual(found.slice(0, expected.length), expected);
      assert.equal(found.length, Number(count));
    });
  }
});

describe('every calendar of the corpus that can be read', { skip: corpusAbsent }, () => {
  test('is expanded over ten years without an error', () => {
    const range = { start: Date.UTC(2020, 0, 1), end: Date.UTC(2030, 0, 1) };
    let expanded = 0;
    for (const { path, name } of corpusFiles('.ics')) {
      try {
        expandCalendar(readCalendar(readFileSync(path)), range, UTC, { steps: 20_000_000, octets: 2 ** 30 });
        expanded++;
      } catch (error) {
        if (!(error instanceof InvalidData) && !(error instanceof TooMuch)) throw error;
        assert.ok(error instanceof InvalidData, `${name}: ${error.message}`);
      }
    }
    assert.ok(expanded > 400, `only ${expanded} could be read`);
  });
});
