import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calendarScale, SCALES } from '../../src/model/calendar-scale.ts';
import { dayOf } from '../../src/model/civil.ts';
import { LUNAR_CALENDARS } from '../../src/model/lunar-years.ts';
import { RECKONED_CALENDARS } from '../../src/model/reckoned-years.ts';
import { icuLunarYear } from './icu-lunar-years.ts';
import { IcuYears } from './icu-years.ts';

const STEP = process.env['DAVD_TEST_LONG'] ? 1 : 25;

describe('calendars of RSCALE', () => {
  for (const name of SCALES) {
    test(`${name}: each month follows the one before, through all years`, () => {
      const scale = calendarScale(name);
      let end: number | undefined;
      for (let year = scale.yearOf(dayOf(1950, 6, 1)); year <= scale.yearOf(dayOf(2050, 6, 1)); year++) {
        const months = scale.months(year);
        assert.deepEqual(
          months.map(({ code }) => code),
          months.map(({ code }) => code).toSorted((a, b) => a - b),
        );
        for (const { first, length } of months) {
          assert.equal(first, end ?? first);
          end = first + length;
          assert.ok(length >= 5 && length <= 32, `${length} days`);
          assert.deepEqual([scale.yearOf(first), scale.yearOf(end - 1)], [year, year]);
        }
      }
    });
  }

  for (const name of LUNAR_CALENDARS) {
    test(`${name}: years are as ICU computes them`, () => {
      for (let year = 1900; year <= 2150; year += STEP) {
        assert.deepEqual(calendarScale(name).months(year), icuLunarYear(name, year), `${year}`);
      }
    });
  }

  for (const name of RECKONED_CALENDARS) {
    test(`${name}: years are as ICU computes them`, () => {
      const icu = new IcuYears(name);
      for (let year = icu.first; year <= icu.last; year += 1) {
        assert.deepEqual(calendarScale(name).months(year), icu.months(year), `${year}`);
      }
      assert.deepEqual(calendarScale(name).months(icu.last + 1), []);
      assert.deepEqual(calendarScale(name).months(icu.first - 1), []);
    });
  }
});
