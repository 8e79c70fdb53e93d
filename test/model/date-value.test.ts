import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type DateValue,
  type Duration,
  formatDate,
  formatDateTime,
  formatUtc,
  parseDate,
  parseDuration,
  parsePeriod,
} from '../../src/model/date-value.ts';
import { utc } from './ics.ts';

describe('parseDate', () => {
  const dates: [text: string, expected: [form: DateValue['form'], wall: string] | null][] = [
    ['20240501', ['date', '2024-05-01']],
    ['20240501T093015', ['local', '2024-05-01T09:30:15Z']],
    ['20240501T093015Z', ['utc', '2024-05-01T09:30:15Z']],
    [' 20240501t093015z ', ['utc', '2024-05-01T09:30:15Z']],
    ['20240501T0930', ['local', '2024-05-01T09:30:00Z']],
    // RFC 5545 §3.3.12
    ['20161231T235960Z', ['utc', '2016-12-31T23:59:59Z']],
    ['20240501T240000', ['local', '2024-05-02']],
    ['20240229', ['date', '2024-02-29']],
    ['00010101', ['date', '0001-01-01']],
    ['99991231T235959Z', ['utc', '9999-12-31T23:59:59Z']],
    ['20230229', null],
    ['20241301', null],
    ['20240001', null],
    ['20240532', null],
    ['20240501T250000', null],
    ['20240501T096000', null],
    ['2024-05-01', null],
    ['20240501T093015+0200', null],
    ['20240501Z', null],
    ['', null],
    ['TODAY', null],
  ];
  for (const [text, expected] of dates) {
    test(`reads "${text}" as ${expected?.join(' ') ?? 'nothing'}`, () => {
      const value = parseDate(text, 'Europe/Paris');
      if (expected === null) return assert.equal(value, null);
      const [form, wall] = expected;
      assert.deepEqual(value, { form, wall: utc(wall), tzid: form === 'local' ? 'Europe/Paris' : null });
    });
  }
});

describe('parseDuration', () => {
  const H = 3_600_000;
  const durations: [text: string, expected: Duration | null][] = [
    ['P1D', { days: 1, time: 0 }],
    ['P2W', { days: 14, time: 0 }],
    ['PT1H30M', { days: 0, time: 1.5 * H }],
    ['P1DT2H3M4S', { days: 1, time: 2 * H + 184_000 }],
    ['-PT15M', { days: 0, time: -H / 4 }],
    ['+P0D', { days: 0, time: 0 }],
    ['-P0D', { days: 0, time: 0 }],
    ['P1W2D', { days: 9, time: 0 }],
    ['pt1s', { days: 0, time: 1000 }],
    ['P', null],
    ['PT1D', null],
    ['P1H', null],
    ['1D', null],
    ['P99999999999D', null],
    ['', null],
  ];
  for (const [text, expected] of durations) {
    test(`reads "${text}" as ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parseDuration(text), expected);
    });
  }
});

describe('parsePeriod', () => {
  test('reads an end, a duration or neither', () => {
    assert.equal(parsePeriod('20240501T090000Z/20240501T100000Z', null)?.end?.wall, utc('20240501T100000Z'));
    assert.deepEqual(parsePeriod('20240501T090000Z/PT1H', null)?.duration, { days: 0, time: 3_600_000 });
    assert.deepEqual(parsePeriod('20240501', null), {
      start: { wall: utc('20240501'), form: 'date', tzid: null },
      end: null,
      duration: null,
    });
  });

  test('reads no half periods', () => {
    for (const text of ['/PT1H', '20240501T090000Z/', '20240501T090000Z/x', 'x']) {
      assert.equal(parsePeriod(text, null), null);
    }
  });
});

describe('format', () => {
  test('writes what it reads', () => {
    assert.equal(formatDate(utc('20240501')), '20240501');
    assert.equal(formatDateTime(utc('20240501T093015Z')), '20240501T093015');
    assert.equal(formatUtc(utc('00050501T093015Z')), '00050501T093015Z');
    assert.equal(formatUtc(utc('19691231T235959Z')), '19691231T235959Z');
  });
});
