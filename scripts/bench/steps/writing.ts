import { expectStatus, firstText, namesIn, partsOf } from '../answers.ts';
import { card, cardName } from '../data/cards.ts';
import { event, eventName } from '../data/events.ts';
import type { Trial } from '../trial.ts';
import type { Step } from './step.ts';

/** Stores the next event; the calendar is taken to have it. */
function nextEvent({ subject }: Trial): Buffer {
  const i = subject.events.count++;
  return subject.requests.put(subject.path(i), event(i), { 'if-none-match': '*' });
}

/** Fills the collections to a size by requests. */
export function fill(events: number, cards: number): Step {
  return {
    id: 'fill',
    what: 'filling the calendar, 8 connections',
    unit: '/s',
    once: true,
    async run(trial) {
      const { subject } = trial;
      const rate = await trial.all(8, events, () => nextEvent(trial));
      await trial.all(8, cards, (i) =>
        subject.requests.put(subject.places.addressBook + cardName(i), card(i), { 'if-none-match': '*' }),
      );
      subject.cards = cards;
      return [rate];
    },
  };
}

export const writing: readonly Step[] = [
  {
    id: 'put-1',
    what: 'PUT, 1 connection',
    unit: 'ms',
    limit: 'append',
    run: (trial) =>
      trial.timed(
        500,
        () => nextEvent(trial),
        (answer) => expectStatus(answer, 201, 204),
      ),
  },
  {
    id: 'put-8',
    what: 'PUT, 8 connections',
    unit: '/s',
    limit: 'bare-put-8',
    async run(trial) {
      const { subject } = trial;
      const before = subject.events.count;
      let stored = 0;
      const rate = await trial.rated(
        8,
        3000,
        () => nextEvent(trial),
        (answer) => {
          expectStatus(answer, 201, 204);
          stored++;
        },
      );
      // Where the round ended early, not all were sent.
      subject.events.count = before + stored;
      return rate;
    },
  },
  {
    id: 'update',
    what: 'PUT of an event that is there',
    unit: 'ms',
    limit: 'append',
    run(trial) {
      const { subject } = trial;
      const { events, requests } = subject;
      const chosen = (i: number) => (trial.round * 1009 + i * 7) % events.count;
      return trial.timed(
        100,
        (i) => {
          const one = chosen(i);
          return requests.put(subject.path(one), event(one, events.update(one)));
        },
        (answer) => expectStatus(answer, 200, 201, 204),
      );
    },
  },
  {
    id: 'put-delta',
    what: 'sync-collection after a PUT',
    unit: 'ms',
    async run(trial) {
      const { subject } = trial;
      const { events, places, requests } = subject;
      let token: string | undefined;
      return trial.repeated(50, async (send) => {
        token ??= firstText((await send(requests.poll(places.calendar))).answer, 'sync-token');
        const name = eventName(events.count);
        expectStatus((await send(nextEvent(trial))).answer, 201, 204);
        const { answer, ms } = await send(requests.syncCollection(places.calendar, token));
        trial.same('changes', [name], namesIn(partsOf(answer)));
        token = firstText(answer, 'sync-token');
        return ms;
      });
    },
  },
];
