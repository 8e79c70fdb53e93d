import { busyMinutes, expectStatus, namesIn, partsOf } from '../answers.ts';
import { cardName, isSought, SOUGHT } from '../data/cards.ts';
import { event, type Range } from '../data/events.ts';
import type { Send, Trial } from '../trial.ts';
import type { Step } from './step.ts';

export const MAY = month(2026, 4);
const EVERYWHERE = ['FN', 'N', 'NICKNAME', 'EMAIL', 'TEL', 'ORG'];

export const querying: readonly Step[] = [
  {
    id: 'month',
    what: 'calendar-query of a month, with data',
    unit: 'ms',
    run: (trial) => months(trial, 30, MAY),
  },
  {
    id: 'month-after-put',
    what: 'the same of another month, right after a PUT',
    unit: 'ms',
    run: (trial) => trial.repeated(3, (send, i) => afterPut(trial, send, i)),
  },
  {
    id: 'month-expand',
    what: 'calendar-query of a month, with expand',
    unit: 'ms',
    run(trial) {
      const { events, places, requests } = trial.subject;
      const { names, times } = events.within(MAY);
      return trial.timed(
        20,
        () => requests.calendarQuery(places.calendar, MAY, true),
        (answer) => {
          const parts = partsOf(answer);
          trial.same('events', names, namesIn(parts));
          const instances = parts.flatMap(({ data }) => data.match(/^BEGIN:VEVENT/gm) ?? []);
          trial.count('times', times, instances.length);
        },
      );
    },
  },
  {
    id: 'free-busy',
    what: 'free-busy-query of a month',
    unit: 'ms',
    run(trial) {
      const { events, places, requests } = trial.subject;
      const minutes = events.busyMinutes(MAY);
      return trial.timed(
        30,
        () => requests.freeBusy(places.calendar, MAY),
        (answer) => trial.count('minutes', minutes, busyMinutes(answer)),
      );
    },
  },
  {
    id: 'contains-fn',
    what: 'addressbook-query, FN contains',
    unit: 'ms',
    run: (trial) => contains(trial, ['FN']),
  },
  {
    id: 'contains-any',
    what: 'addressbook-query, any of six properties contains',
    unit: 'ms',
    run: (trial) => contains(trial, EVERYWHERE),
  },
];

/** Times of queries of one month, their answers held against what happens in it. */
export function months(trial: Trial, times: number, range: Range): Promise<number[]> {
  const { events, places, requests } = trial.subject;
  const { names } = events.within(range);
  return trial.timed(
    times,
    () => requests.calendarQuery(places.calendar, range),
    (answer) => trial.same('events', names, namesIn(partsOf(answer))),
  );
}

async function afterPut(trial: Trial, send: Send, i: number): Promise<number> {
  const { events, places, requests } = trial.subject;
  const number = events.count++;
  const put = requests.put(trial.subject.path(number), event(number));
  expectStatus((await send(put)).answer, 201, 204);
  // Months of earlier years, four apart, so that none is asked for twice.
  const back = 4 * (3 * trial.round + i + 1);
  const range = month(2026, 1 - back);
  const { answer, ms } = await send(requests.calendarQuery(places.calendar, range));
  trial.same('events', events.within(range).names, namesIn(partsOf(answer)));
  return ms;
}

function contains(trial: Trial, properties: readonly string[]): Promise<number[]> {
  const { cards, places, requests } = trial.subject;
  const numbers = Array.from({ length: cards }, (_, i) => i);
  const expected = numbers.filter((i) => isSought(i, properties)).map(cardName);
  return trial.timed(
    10,
    () => requests.contains(places.addressBook, properties, SOUGHT),
    (answer) => trial.same('cards', expected, namesIn(partsOf(answer))),
  );
}

function month(year: number, index: number): Range {
  return { start: Date.UTC(year, index, 1), end: Date.UTC(year, index + 1, 1) };
}
