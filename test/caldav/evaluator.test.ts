import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { hostileObjects } from '../../scripts/bench/hostile-objects.ts';
import { Evaluator } from '../../src/caldav/evaluation/evaluator.ts';
import { answer, QUICK } from '../../src/caldav/evaluation/questions.ts';
import type { Helper } from '../../src/caldav/evaluation/running-worker.ts';
import { startWorker } from '../../src/caldav/evaluation/start-worker.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { TooMuch } from '../../src/model/work.ts';
import { UTC } from '../../src/model/zone.ts';
import { namedZone } from '../../src/model/zone-names.ts';
import { eventOf, utc } from '../model/ics.ts';

const evaluator = new Evaluator(startWorker, { deadline: 20_000 });
after(() => evaluator.close());

const MAY = { start: utc('20260501'), end: utc('20260601') };
const SMALL = eventOf('DTSTART:20260501T100000', 'RRULE:FREQ=DAILY');
const LARGE = eventOf('DTSTART:20260501T100000', 'RRULE:FREQ=DAILY', `DESCRIPTION:${'x'.repeat(70_000)}`);

function often(rule: string, ...lines: string[]): Buffer {
  const recurring = ['DTSTART:20260101T000000Z', 'DURATION:PT1M', `RRULE:${rule}`];
  return eventOf(...recurring, 'SUMMARY:Drink some water', ...lines);
}

/** A worker that does nothing. */
function idle(): Helper & { asked: number; ended: boolean } {
  const helper = {
    asked: 0,
    ended: false,
    postMessage: () => {
      helper.asked++;
    },
    on: () => undefined,
    off: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
    terminate: async () => {
      helper.ended = true;
    },
  };
  return helper;
}

describe('evaluator', () => {
  test('answers small things without a worker', async () => {
    const none = new Evaluator(() => assert.fail('a worker was started'));
    const { facts } = await none.ask('check', { bytes: SMALL });
    assert.equal(facts.recurring, true);
  });

  test('a worker answers as is answered here, in the zone of the question', async () => {
    const zone = namedZone('Asia/Tokyo') ?? UTC;
    const stretch = { from: MAY.start, to: MAY.end };
    const here = answer('spans', { bytes: LARGE, stretch, zone }, QUICK);
    assert.deepEqual(await evaluator.ask('spans', { bytes: LARGE, stretch, zone }), here);
    const wanted = { expand: { start: MAY.start, end: MAY.start + 2 * 86_400_000 } };
    const text = await evaluator.ask('data', { bytes: LARGE, wanted, zone });
    assert.equal(text.match(/BEGIN:VEVENT/g)?.length, 2);
  });

  test('what is sent to a worker in parts is one object there, and remembered for the next question', async () => {
    const attached = `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(700_000)}`;
    const bytes = eventOf('DTSTART:20260501T100000', attached, 'RRULE:FREQ=DAILY');
    const here = answer('check', { bytes }, QUICK);
    assert.deepEqual(await evaluator.ask('check', { bytes }), here);
    assert.deepEqual(await evaluator.ask('check', { bytes }), here);
    const { facts } = await evaluator.ask('check', { bytes: LARGE });
    assert.equal(facts.uid, answer('check', { bytes: LARGE }, QUICK).facts.uid);
    assert.deepEqual(await evaluator.ask('check', { bytes }), here);
    assert.equal(bytes.length > 2_800_000, true);
  });

  test('a worker answers about the bytes that it was sent last, however alike those before were', async () => {
    const other = Buffer.from(LARGE.toString().replace('FREQ=DAILY', 'FREQ=HOURLY'));
    const expected = [31, 31, 31 * 24, 31];
    for (const [i, bytes] of [LARGE, Buffer.from(LARGE), other, LARGE].entries()) {
      const spans = await evaluator.ask('spans', {
        bytes,
        stretch: { from: MAY.start, to: MAY.end - 1 },
        zone: UTC,
      });
      assert.ok(
        Math.abs((spans?.starts.length ?? 0) - (expected[i] ?? 0)) <= 10,
        `${i}: ${spans?.starts.length}`,
      );
    }
  });

  test('what is wrong with large bytes is told as of small ones', async () => {
    const bytes = Buffer.from(LARGE.toString().replace('DTSTART', 'DTSTART\r\nDTSTART'));
    const told = await evaluator.ask('check', { bytes }).catch((error: unknown) => error);
    assert.ok(told instanceof InvalidData);
    assert.throws(() => answer('check', { bytes }, QUICK), {
      message: told.message,
      rule: told.rule,
    });
  });

  test('what is too much for a moment may be answered by a worker', async () => {
    const bytes = eventOf('DTSTART:20200101T000000Z', 'DURATION:PT5M', 'RRULE:FREQ=MINUTELY;INTERVAL=5');
    assert.throws(() => answer('busy', { bytes, range: MAY, zone: UTC }, QUICK), TooMuch);
    const { busy } = await evaluator.ask('busy', { bytes, range: MAY, zone: UTC });
    assert.deepEqual(busy, [{ ...MAY, type: 'BUSY' }]);
  });

  test('a worker that does not answer in time is given up, and the next question gets another', async () => {
    const helpers: ReturnType<typeof idle>[] = [];
    const late = new Evaluator(
      () => {
        const helper = idle();
        helpers.push(helper);
        return helper;
      },
      { deadline: 5 },
    );
    await assert.rejects(late.ask('check', { bytes: LARGE }), TooMuch);
    await assert.rejects(late.ask('check', { bytes: LARGE }), TooMuch);
    assert.deepEqual(
      helpers.map(({ asked, ended }) => [asked, ended]),
      [
        [1, true],
        [1, true],
      ],
    );
  });

  test('a worker that could be sent only a part of an object is given up: it would take it for the beginning of the next', async () => {
    const helpers: ReturnType<typeof idle>[] = [];
    const refusing = new Evaluator(() => {
      const helper = idle();
      helpers.push(helper);
      const { postMessage } = helper;
      helper.postMessage = (sent, moved) => {
        if (!('part' in sent)) throw new Error('refused');
        postMessage.call(helper, sent, moved);
      };
      return helper;
    });
    const bytes = Buffer.alloc(300 * 1024, 'x');
    await assert.rejects(refusing.ask('check', { bytes }), /refused/);
    await assert.rejects(refusing.ask('check', { bytes }), /refused/);
    assert.deepEqual(
      helpers.map(({ ended }) => ended),
      [true, true],
    );
  });

  for (const [what, bytes, range, count] of [
    ['every five minutes of a month', often('FREQ=MINUTELY;INTERVAL=5'), MAY, 31 * 24 * 12],
    [
      'every hour of a year',
      often('FREQ=HOURLY'),
      { start: utc('20260101'), end: utc('20270101') },
      365 * 24,
    ],
    ['50 KB every day of a month', often('FREQ=DAILY', `DESCRIPTION:${'x'.repeat(50_000)}`), MAY, 31],
  ] as const) {
    test(`${what} is found and written out`, async () => {
      const { busy } = await evaluator.ask('busy', { bytes, range, zone: UTC });
      assert.equal(busy.length, count);
      const text = await evaluator.ask('data', { bytes, wanted: { expand: range }, zone: UTC });
      assert.equal(text.match(/BEGIN:VEVENT/g)?.length, count);
    });
  }

  test('only so many questions wait', async () => {
    const busy = new Evaluator(idle, { deadline: 50 });
    const asked = Array.from({ length: 110 }, () => busy.ask('check', { bytes: LARGE }));
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter(
      (one) => one.status === 'rejected' && `${one.reason}`.includes('try again'),
    );
    assert.equal(refused.length, 10);
  });
});

describe('hostile objects', () => {
  for (const { what, bytes } of hostileObjects()) {
    test(`${what}: every question has an answer, or an end`, async () => {
      const question = { bytes, zone: UTC, range: MAY, stretch: { from: MAY.start, to: MAY.end } };
      const filter = { name: 'VCALENDAR', isNotDefined: false, props: [], comps: [] };
      const asked = [
        evaluator.ask('check', question),
        evaluator.ask('spans', question),
        evaluator.ask('busy', question),
        evaluator.ask('match', { ...question, filter }),
        evaluator.ask('data', { ...question, wanted: { expand: MAY } }),
      ];
      for (const outcome of await Promise.allSettled(asked)) {
        if (outcome.status === 'fulfilled') continue;
        assert.ok(
          outcome.reason instanceof TooMuch || outcome.reason instanceof InvalidData,
          `${outcome.reason}`,
        );
      }
    });
  }
});
