import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expectStatus, namesIn, partsOf } from '../answers.ts';
import { message } from '../connection.ts';
import { event, eventName } from '../data/events.ts';
import type { PollerTask, Waits } from '../poller.ts';
import type { Trial } from '../trial.ts';
import type { Step } from './step.ts';

const MB = 1024 * 1024;
/** Members of the calendar that is deleted. */
const DELETED = 50_000;

/** What polls wait for while something large goes on; the bare handler, polled in turn, tells what the machine adds. */
export const waiting: readonly Step[] = [
  longest('wait-event', 'longest wait of a poll during a PUT of 10 MB', async (trial) => {
    const { places, requests } = trial.subject;
    const path = `${places.calendar}large.ics`;
    const text = event(1)
      .replace('SUMMARY', `${attachment(9.9 * MB)}\r\nSUMMARY`)
      .replace(/UID:.*/, 'UID:large');
    await trial.timed(
      1,
      () => requests.put(path, text),
      (answer) => expectStatus(answer, 201, 204),
    );
    await trial.timed(
      1,
      () => requests.delete(path),
      (answer) => expectStatus(answer, 204),
    );
  }),
  longest('wait-checkpoint', '… while 8 connections write, with a checkpoint', async (trial) => {
    const { subject } = trial;
    await trial.rated(
      8,
      12_000,
      (i) =>
        subject.requests.put(
          subject.path(i % subject.events.count),
          event(i % subject.events.count, 1_000 + i),
        ),
      (answer, i) => {
        expectStatus(answer, 204);
        subject.events.set(i % subject.events.count, 1_000 + i);
      },
    );
    await new Promise((resolve) => setTimeout(resolve, 3000 * trial.effort.share));
  }),
  longest(
    'wait-deletion',
    '… while a calendar of 50,000 events is deleted',
    async (trial) => {
      const { requests } = trial.subject;
      await trial.timed(
        1,
        () => requests.delete(largeCalendar(trial)),
        (answer) => expectStatus(answer, 204),
      );
      await new Promise((resolve) => setTimeout(resolve, 3000 * trial.effort.share));
    },
    fillLarge,
  ),
  longest('wait-report', '… while everything is listed, and a year expanded', async (trial) => {
    const { places, requests, events } = trial.subject;
    await trial.timed(
      3,
      () => requests.syncCollection(places.calendar, ''),
      (answer) => trial.count('members', events.count, namesIn(partsOf(answer)).length),
    );
    const year = { start: Date.UTC(2025, 6, 1), end: Date.UTC(2026, 6, 1) };
    await trial.timed(
      3,
      () => requests.calendarQuery(places.calendar, year, true),
      (answer) => trial.count('events', events.within(year).names.length, partsOf(answer).length),
    );
  }),
];

function longest(
  id: string,
  what: string,
  work: (trial: Trial) => Promise<void>,
  prepare: (trial: Trial) => Promise<void> = async () => undefined,
): Step {
  return {
    id,
    what,
    unit: 'ms',
    limit: 'bare-wait',
    own: true,
    sent: true,
    async run(trial) {
      await prepare(trial);
      const waits = await pollingBeside(trial, () => work(trial));
      trial.beside.push(waits.bare);
      return [waits.server];
    },
  };
}

/** Polls from another process, whose event loop has nothing else to do, as long as the work goes on. */
async function pollingBeside({ subject, bare }: Trial, work: () => Promise<void>): Promise<Waits> {
  const poller = fork(fileURLToPath(new URL('../poller.ts', import.meta.url)));
  const told = () => new Promise<unknown>((resolve) => poller.once('message', resolve));
  const task: PollerTask = {
    server: subject.server.origin.href,
    poll: subject.requests.poll(subject.places.calendar).toString('latin1'),
    bare: bare.href,
    bareRequest: message('PROPFIND', '/', { depth: '0' }, 'x'.repeat(300)).toString('latin1'),
  };
  const begun = told();
  poller.send(task);
  await begun;
  try {
    await work();
    const ended = told();
    poller.send('enough');
    return (await ended) as Waits;
  } finally {
    poller.disconnect();
  }
}

function largeCalendar({ subject }: Trial): string {
  return `${subject.places.calendarHome}bench-large/`;
}

/** Makes the calendar that is going to be deleted, and waits until the server is at rest. */
async function fillLarge(trial: Trial): Promise<void> {
  const { subject, own, effort } = trial;
  const calendar = largeCalendar(trial);
  await trial.timed(
    1,
    () => subject.requests.makeCalendar(calendar),
    (answer) => expectStatus(answer, 201),
  );
  await trial.all(8, Math.ceil(DELETED * effort.share), (i) =>
    subject.requests.put(calendar + eventName(i), event(i)),
  );
  await own.still();
}

/** A property of so many octets. */
function attachment(octets: number): string {
  return `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'
    .repeat(18)
    .concat('\r\n ')
    .repeat(Math.ceil(octets / 75))}QUJD`;
}
