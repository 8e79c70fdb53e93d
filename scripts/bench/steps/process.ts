import { expectStatus } from '../answers.ts';
import { Connection } from '../connection.ts';
import type { Trial } from '../trial.ts';
import { MAY, months } from './querying.ts';
import type { Step } from './step.ts';

/** ms without anything to do, after which a server may have given back what it needed before. */
const REST = 80_000;
/** Octets of what is called a MB of memory here. */
const MB = 1024 * 1024;

/** Memory before there is anything. */
export const idle: Step = {
  id: 'memory-idle',
  what: 'memory, idle and empty',
  unit: 'MB',
  own: true,
  once: true,
  async run(trial) {
    trial.subject.idle = await memory(trial);
    return [trial.subject.idle];
  },
};

export const restarting: readonly Step[] = [
  {
    id: 'start-warm',
    what: 'from the start to the first poll answered, warm cache',
    unit: 'ms',
    own: true,
    restarts: true,
    async run({ own, subject }) {
      await own.halt();
      return [await started(subject)];
    },
  },
  {
    id: 'memory-loaded',
    what: 'memory, loaded, after a start',
    unit: 'MB',
    own: true,
    once: true,
    async run(trial) {
      await trial.own.halt();
      await started(trial.subject);
      trial.subject.loaded = await memory(trial);
      return [trial.subject.loaded];
    },
  },
  {
    id: 'memory-each',
    what: 'that is, of each object over idle',
    unit: 'B',
    own: true,
    once: true,
    async run({ subject: { idle, loaded, events, cards } }) {
      if (idle === undefined || loaded === undefined)
        throw new Error('take memory-idle and memory-loaded, too');
      return [((loaded - idle) * MB) / (events.count + cards)];
    },
  },
  {
    id: 'month-first',
    what: 'calendar-query of a month, the first after a start',
    unit: 'ms',
    own: true,
    restarts: true,
    async run(trial) {
      await trial.own.halt();
      await started(trial.subject);
      return months(trial, 1, MAY);
    },
  },
  {
    id: 'start-cold',
    what: 'from the start to the first poll answered, no cache',
    unit: 'ms',
    own: true,
    restarts: true,
    async run({ own, subject }) {
      await own.halt();
      own.forgetCache();
      return [await started(subject)];
    },
  },
];

async function memory({ own, effort }: Trial): Promise<number> {
  await own.still();
  await pause(REST * effort.share);
  return own.memory();
}

/** Launches the server and polls once; ms for both. */
async function started({ server, places, requests }: Trial['subject']): Promise<number> {
  const begun = performance.now();
  await server.own?.launch();
  const connection = await Connection.open(server.origin);
  connection.patience = 600_000;
  expectStatus(await connection.send(requests.poll(places.calendar)), 207);
  const ms = performance.now() - begun;
  connection.close();
  return ms;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
