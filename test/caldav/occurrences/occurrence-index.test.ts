import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Evaluator } from '../../../src/caldav/evaluation/evaluator.ts';
import { startWorker } from '../../../src/caldav/evaluation/start-worker.ts';
import { NOTHING_KEPT, OccurrenceIndex } from '../../../src/caldav/occurrences/occurrence-index.ts';
import { calendarData } from '../../../src/model/calendar-data.ts';
import { calendarMatcher } from '../../../src/model/calendar-filter.ts';
import { calendarFacts } from '../../../src/model/facts.ts';
import { busyTimes, mergeBusy } from '../../../src/model/freebusy.ts';
import { ianaZone } from '../../../src/model/iana-zone.ts';
import type { Spans } from '../../../src/model/spans.ts';
import type { TimeRange } from '../../../src/model/time-range.ts';
import { UTC } from '../../../src/model/zone.ts';
import { calendarOf, componentOf, eventOf, utc } from '../../model/ics.ts';
import { checkAsync } from '../../model/random.ts';

const evaluator = new Evaluator(startWorker);
const BERLIN = ianaZone('Europe/Berlin') ?? UTC;
const MAY: TimeRange = { start: utc('20260501'), end: utc('20260601') };

function member(bytes: Uint8Array) {
  const etag = createHash('sha256').update(bytes).digest('base64url');
  return { etag, facts: calendarFacts(bytes) };
}

/** A store's cache in memory. */
function cache() {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    cached: async (name: string) => kept.get(name),
    cache: async (name: string, bytes: Uint8Array | null) => {
      if (bytes) kept.set(name, bytes);
      else kept.delete(name);
    },
  };
}

const WEEKLY = event('DTSTART;TZID=Europe/Berlin:20200106T100000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY');
const ALL_DAY = event('DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=MONTHLY');

function event(...lines: string[]): Uint8Array {
  return eventOf(...lines);
}

after(() => evaluator.close());

describe('occurrence index', () => {
  test('tells what it has learned, and nothing else', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const weekly = member(WEEKLY);
    assert.equal(calendar.overlaps(weekly, 'VEVENT', MAY, UTC), undefined);
    await calendar.learn(weekly, WEEKLY, MAY, UTC);
    assert.equal(calendar.overlaps(weekly, 'VEVENT', MAY, UTC), true);
    assert.equal(calendar.overlaps(weekly, 'VTODO', MAY, UTC), false);
    const night = { start: utc('20260504T200000Z'), end: utc('20260504T210000Z') };
    assert.equal(calendar.overlaps(weekly, 'VEVENT', night, UTC), false);
    const later = { start: utc('20360504T200000Z'), end: utc('20360504T210000Z') };
    assert.equal(calendar.overlaps(weekly, 'VEVENT', later, UTC), undefined);
  });

  test('is extended, not begun anew', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const weekly = member(WEEKLY);
    await calendar.learn(weekly, WEEKLY, MAY, UTC);
    const before = calendar.octets;
    const year = { start: utc('20250101'), end: utc('20280101') };
    await calendar.learn(weekly, WEEKLY, year, UTC);
    assert.ok(calendar.octets > before);
    const busy = calendar.busy(weekly, year, UTC);
    assert.deepEqual(busy, busyTimes(WEEKLY, year, UTC));
    assert.equal(busy?.length, 156);
  });

  test('knows dates for the zone only in which they were read', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const first = member(ALL_DAY);
    await calendar.learn(first, ALL_DAY, MAY, BERLIN);
    const evening = { start: utc('20260430T220000Z'), end: utc('20260430T230000Z') };
    assert.equal(calendar.overlaps(first, 'VEVENT', evening, BERLIN), true);
    assert.equal(calendar.overlaps(first, 'VEVENT', evening, UTC), undefined);
  });

  test('needs nothing but the cache after a start', async () => {
    const store = cache();
    const index = new OccurrenceIndex(store, evaluator);
    for (const bytes of [WEEKLY, ALL_DAY])
      await (await index.of('c')).learn(member(bytes), bytes, MAY, BERLIN);
    await index.close();
    const again = await new OccurrenceIndex(store, evaluator).of('c');
    assert.equal(again.overlaps(member(WEEKLY), 'VEVENT', MAY, UTC), true);
    assert.equal(again.overlaps(member(ALL_DAY), 'VEVENT', MAY, BERLIN), true);
    assert.equal(again.overlaps(member(ALL_DAY), 'VEVENT', MAY, UTC), undefined);
  });

  test('of another release of the tz database is only a list of what to compute', async () => {
    const store = cache();
    const index = new OccurrenceIndex(store, evaluator, { version: '1 2025a' });
    await (await index.of('c')).learn(member(WEEKLY), WEEKLY, MAY, UTC);
    await index.close();
    const again = await new OccurrenceIndex(store, evaluator, { version: '1 2025b' }).of('c');
    assert.equal(again.overlaps(member(WEEKLY), 'VEVENT', MAY, UTC), undefined);
    assert.equal(again.beginAhead(MAY), true);
    const stretch = again.wantedAhead(member(WEEKLY), MAY, UTC);
    assert.ok(stretch && stretch.from <= MAY.start && stretch.to >= MAY.end);
    await again.learnAhead(member(WEEKLY), WEEKLY, stretch, UTC);
    assert.equal(again.overlaps(member(WEEKLY), 'VEVENT', MAY, UTC), true);
  });

  test('takes nothing from a damaged cache', async () => {
    const store = cache();
    const index = new OccurrenceIndex(store, evaluator);
    await (await index.of('c')).learn(member(WEEKLY), WEEKLY, MAY, UTC);
    await (await index.of('c')).learn(member(ALL_DAY), ALL_DAY, MAY, UTC);
    await index.close();
    const [[name, bytes] = ['', new Uint8Array()]] = store.kept;
    for (const left of [bytes.length - 5, 20, 0]) {
      store.kept.set(name, bytes.slice(0, left));
      const again = await new OccurrenceIndex(store, evaluator).of('c');
      assert.equal(again.overlaps(member(ALL_DAY), 'VEVENT', MAY, UTC), undefined);
    }
  });

  test('stays within its bounds', async () => {
    const store = cache();
    const index = new OccurrenceIndex(store, evaluator, { most: 30_000 });
    for (let i = 0; i < 200; i++) {
      const bytes = event(`SUMMARY:${i}`, 'DTSTART:20200106T100000Z', 'RRULE:FREQ=DAILY');
      await (await index.of(`c${i % 3}`)).learn(member(bytes), bytes, MAY, UTC);
    }
    let octets = 0;
    for (const name of ['c0', 'c1', 'c2']) octets += (await index.of(name)).octets;
    await index.close();
    assert.ok(octets <= 3 * 30_000, `${octets} octets`);
  });

  test('computes ahead the years around what was asked', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const weekly = member(WEEKLY);
    await calendar.learn(weekly, WEEKLY, MAY, UTC);
    const stretch = calendar.wantedAhead(weekly, MAY, UTC);
    assert.ok(stretch && stretch.from < utc('20250601') && stretch.to > utc('20280501'));
    await calendar.learnAhead(weekly, WEEKLY, stretch, UTC);
    assert.equal(calendar.wantedAhead(weekly, MAY, UTC), undefined);
    const later = { start: utc('20280301'), end: utc('20280401') };
    assert.deepEqual(calendar.busy(weekly, later, UTC), busyTimes(WEEKLY, later, UTC));
  });

  test('forgets what is of no object any more', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    for (const bytes of [WEEKLY, ALL_DAY]) await calendar.learn(member(bytes), bytes, MAY, UTC);
    calendar.endAhead(new Set([member(WEEKLY).etag]));
    assert.equal(calendar.overlaps(member(WEEKLY), 'VEVENT', MAY, UTC), true);
    assert.equal(calendar.overlaps(member(ALL_DAY), 'VEVENT', MAY, UTC), undefined);
  });

  test('of times far apart keeps those that were asked last', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const weekly = member(WEEKLY);
    const far = { start: utc('20660501'), end: utc('20660601') };
    for (const range of [MAY, far]) await calendar.learn(weekly, WEEKLY, range, UTC);
    assert.deepEqual(calendar.busy(weekly, far, UTC), busyTimes(WEEKLY, far, UTC));
    assert.equal(calendar.busy(weekly, MAY, UTC), undefined);
  });

  test('learns nothing of what has no end of occurrences', async () => {
    const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
    const bytes = event('DTSTART:20200106T100000Z', 'RRULE:FREQ=SECONDLY');
    await calendar.learn(member(bytes), bytes, MAY, UTC);
    assert.equal(calendar.overlaps(member(bytes), 'VEVENT', MAY, UTC), undefined);
  });
});

test('the index answers as the objects themselves do', async (t) => {
  const starts = ['DTSTART:20250305T233000Z', 'DTSTART;VALUE=DATE:20250131', 'DTSTART:20250330T023000'];
  const rules = [
    '',
    'FREQ=DAILY;COUNT=50',
    'FREQ=WEEKLY;BYDAY=MO,FR',
    'FREQ=MONTHLY;BYMONTHDAY=-1',
    'FREQ=YEARLY',
  ];
  const ends = ['', 'DURATION:PT90M', 'DURATION:P3D'];
  const objects = fc.tuple(
    fc.constantFrom('VEVENT', 'VTODO', 'VJOURNAL'),
    fc.constantFrom(...starts),
    fc.constantFrom(...rules),
    fc.constantFrom(...ends),
  );
  const ranges = fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 70 }), fc.boolean()), {
    minLength: 1,
    maxLength: 6,
  });
  const calendar = await new OccurrenceIndex(NOTHING_KEPT, evaluator).of('c');
  await checkAsync(
    fc.asyncProperty(
      objects,
      ranges,
      fc.constantFrom(UTC, BERLIN),
      async ([name, start, rule, end], asked, zone) => {
        const lines = [start, ...(rule ? [`RRULE:${rule}`] : []), ...(end ? [end] : [])];
        const bytes = calendarOf(...componentOf(name, ...lines));
        for (const [from, days, open] of asked) {
          const begin = utc('20250101') + from * 86_400_000;
          const range = { start: begin, end: open ? Infinity : begin + days * 86_400_000 };
          await calendar.learn(member(bytes), bytes, range, zone);
          const filter = { name, isNotDefined: false, timeRange: range, props: [], comps: [] };
          const matches = calendarMatcher(
            { name: 'VCALENDAR', isNotDefined: false, props: [], comps: [filter] },
            zone,
          );
          const told = calendar.overlaps(member(bytes), name, range, zone);
          if (told !== undefined) assert.equal(told, matches(bytes));
          else assert.equal(open, true);
          const spans = calendar.exactSpans(member(bytes), range, zone);
          const expanded = (known?: Spans) => calendarData(bytes, { expand: range, spans: known }, zone);
          if (spans) assert.equal(expanded(spans), expanded());
          const busy = calendar.busy(member(bytes), range, zone);
          if (busy) assert.deepEqual(mergeBusy(busy), mergeBusy(busyTimes(bytes, range, zone)));
        }
      },
    ),
    { short: 200, long: 5000 },
    (message) => t.diagnostic(message),
  );
});
