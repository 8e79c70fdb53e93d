import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DAY, dateOf, dayOf, dayOfYear, daysInMonth, isLeapYear, weekdayOf } from '../../src/model/civil.ts';

describe('civil: days and dates', () => {
  test('agree with Date over 1,000 years, and give each other back', () => {
    for (let day = dayOf(1600, 1, 1); day < dayOf(2600, 1, 1); day += 13) {
      const expected = new Date(day * DAY);
      const date = dateOf(day);
      assert.deepEqual(date, {
        year: expected.getUTCFullYear(),
        month: expected.getUTCMonth() + 1,
        day: expected.getUTCDate(),
      });
      assert.equal(dayOf(date.year, date.month, date.day), day);
      assert.equal(weekdayOf(day), (expected.getUTCDay() + 6) % 7);
    }
  });

  test('reach from year 0 to 9999', () => {
    assert.deepEqual(dateOf(dayOf(0, 1, 1)), { year: 0, month: 1, day: 1 });
    assert.deepEqual(dateOf(dayOf(9999, 12, 31)), { year: 9999, month: 12, day: 31 });
    assert.equal(dayOf(9999, 12, 31) * DAY, Date.UTC(9999, 11, 31));
  });

  test('count days on beyond the end of a month', () => {
    assert.deepEqual(dateOf(dayOf(2024, 2, 30)), { year: 2024, month: 3, day: 1 });
  });

  test('know leap years', () => {
    assert.deepEqual([1900, 2000, 2023, 2024].map(isLeapYear), [false, true, false, true]);
    assert.deepEqual(
      [1900, 2000].map((year) => daysInMonth(year, 2)),
      [28, 29],
    );
    assert.equal(dayOfYear({ year: 2024, month: 12, day: 31 }), 366);
    assert.equal(dayOfYear({ year: 2023, month: 3, day: 1 }), 60);
  });
});
