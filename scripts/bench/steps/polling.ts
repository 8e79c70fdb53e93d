import { expectStatus, partsOf } from '../answers.ts';
import { event } from '../data/events.ts';
import type { Trial } from '../trial.ts';
import type { Step } from './step.ts';

const DAY = 86_400_000;

export const polling: readonly Step[] = [
  { id: 'poll-1', what: 'poll, 1 connection', unit: '/s', limit: 'bare-poll-1', run: polls(1, 2000) },
  { id: 'poll-16', what: 'poll, 16 connections', unit: '/s', limit: 'bare-poll-16', run: polls(16, 10_000) },
  {
    id: 'poll-home',
    what: 'poll of the home, all calendars',
    unit: 'ms',
    run(trial) {
      const { places, requests } = trial.subject;
      return trial.timed(
        200,
        () => requests.pollHome(places.calendarHome),
        (answer) => {
          const bench = partsOf(answer).filter(({ href }) => href.endsWith('/bench/'));
          trial.count('calendars', 1, bench.length);
        },
      );
    },
  },
  {
    id: 'mix',
    what: '80 polls, 10 weeks, 10 writes of 100, 8 connections',
    unit: '/s',
    run: mix,
  },
];

function polls(connections: number, times: number): Step['run'] {
  return (trial) => {
    const { places, requests } = trial.subject;
    const poll = requests.poll(places.calendar);
    const bodies = new Set<string>();
    return trial
      .rated(
        connections,
        times,
        () => poll,
        (answer) => {
          expectStatus(answer, 207);
          bodies.add(answer.body.toString('latin1'));
        },
      )
      .then((rate) => {
        // Nothing changes meanwhile, so all answers are the same, and have a tag.
        const tags = [...bodies].filter((body) => /<(?:[\w-]+:)?getctag[^>]*>[^<]+</.test(body));
        trial.count('different answers', 1, tags.length);
        return rate;
      });
  };
}

function mix(trial: Trial): Promise<number[]> {
  const { events, places, requests } = trial.subject;
  const poll = requests.poll(places.calendar);
  const week = (i: number) => {
    const start = Date.UTC(2026, 0, 5) + ((i * 7) % 350) * DAY;
    return requests.calendarQuery(places.calendar, { start, end: start + 7 * DAY });
  };
  const written = (i: number) => (trial.round * 977 + i) % events.count;
  const versions = new Map<number, number>();
  const write = (i: number) => {
    const one = written(i);
    const version = (versions.get(one) ?? events.version(one)) + 1;
    versions.set(one, version);
    return requests.put(trial.subject.path(one), event(one, version));
  };
  return trial.rated(
    8,
    2000,
    (i) => (i % 10 < 8 ? poll : i % 10 === 8 ? week(i) : write(i)),
    (answer, i) => {
      expectStatus(answer, 200, 201, 204, 207);
      if (i % 10 === 9) events.update(written(i));
    },
  );
}
