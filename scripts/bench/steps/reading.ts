import { expectStatus, firstText, namesIn, type Part, partsOf } from '../answers.ts';
import { event, eventName, eventUid } from '../data/events.ts';
import type { Trial } from '../trial.ts';
import type { Step } from './step.ts';

/** Objects in one multiget, as clients ask. */
const MULTIGET = 100;

export const reading: readonly Step[] = [
  {
    id: 'sync-initial',
    what: 'sync-collection from nothing',
    unit: 'ms',
    run(trial) {
      const { events, places, requests } = trial.subject;
      return trial.timed(
        3,
        () => requests.syncCollection(places.calendar, ''),
        (answer) => trial.same('members', events.names(), namesIn(partsOf(answer))),
      );
    },
  },
  {
    id: 'download',
    what: 'download of everything, 100 at a time',
    unit: 'ms',
    limit: 'download',
    run: download,
  },
  {
    id: 'sync-none',
    what: 'sync-collection without change',
    unit: 'ms',
    async run(trial) {
      const { places, requests } = trial.subject;
      let token: string | undefined;
      return trial.repeated(200, async (send) => {
        token ??= firstText((await send(requests.poll(places.calendar))).answer, 'sync-token');
        const { answer, ms } = await send(requests.syncCollection(places.calendar, token));
        trial.count('changes', 0, namesIn(partsOf(answer)).length);
        return ms;
      });
    },
  },
  {
    id: 'propfind-1',
    what: 'PROPFIND, Depth 1, getetag',
    unit: 'ms',
    run(trial) {
      const { events, places, requests } = trial.subject;
      return trial.timed(
        3,
        () => requests.propfind(places.calendar, '1', '<D:getetag/>'),
        (answer) => trial.same('members', events.names(), namesIn(partsOf(answer))),
      );
    },
  },
  {
    id: 'get',
    what: 'GET of an event',
    unit: 'ms',
    run(trial) {
      const { events, requests } = trial.subject;
      const one = (i: number) => (trial.round * 1013 + i * 37) % events.count;
      return trial.timed(
        200,
        (i) => requests.get(trial.subject.path(one(i))),
        (answer, i) => {
          const text = expectStatus(answer, 200).body.toString();
          trial.count('events', 1, text.includes(eventUid(one(i))) ? 1 : 0);
          keptAsSent(trial, one(i), text);
        },
      );
    },
  },
];

/** One figure: all events of the calendar, as many as come in the time. */
async function download(trial: Trial): Promise<number[]> {
  const { events, places, requests } = trial.subject;
  const batches = Math.ceil(events.count / MULTIGET);
  const numbers = (batch: number) =>
    Array.from(
      { length: Math.min(MULTIGET, events.count - batch * MULTIGET) },
      (_, i) => batch * MULTIGET + i,
    );
  const answers: Part[][] = [];
  const times = await trial.whole(batches, async (send, batch) => {
    const { answer, ms } = await send(requests.multiget(places.calendar, numbers(batch).map(eventName)));
    answers.push(partsOf(answer));
    return ms;
  });
  for (const [batch, parts] of answers.entries()) {
    trial.same('events', numbers(batch).map(eventName), namesIn(parts));
    const texts = new Map(parts.map(({ href, data }) => [href.slice(href.lastIndexOf('/') + 1), data]));
    for (const i of numbers(batch)) {
      const text = texts.get(eventName(i)) ?? '';
      trial.count('with their contents', 1, text.includes(eventUid(i)) ? 1 : 0);
      keptAsSent(trial, i, text);
    }
  }
  // What was not reached in the time is taken to go on as it went.
  const sum = times.reduce((total, ms) => total + ms, 0);
  return [(sum * batches) / times.length];
}

/** Whether the bytes are those that were sent, which not every server promises. */
function keptAsSent(trial: Trial, i: number, text: string): void {
  const sent = event(i, trial.subject.events.version(i));
  trial.note('bytes', text.trim() === sent.trim());
}
