/**
 * How long a real davd takes over hostile objects, and what others wait for meanwhile: `npm run bench:hostile`. All times
 * twice: as the client saw them, and as processor time, which other programs on the machine hardly change.
 */

import { loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Answer, Connection, message } from './connection.ts';
import { hostileObjects } from './hostile-objects.ts';
import { Polls, type Wait } from './hostile-polls.ts';
import { davd } from './servers/davd.ts';
import { threadsOf } from './servers/process.ts';

/** A request and what it took, ms. */
interface Taken {
  readonly kind: string;
  readonly object: string;
  readonly ms: number;
  /** In the thread that answers and the one that evaluates, one after the other. */
  readonly computed: number;
}

const HOME = '/dav/calendars/alice/';
const MAY = ['20260501T000000Z', '20260601T000000Z'] as const;
/** Components that may have alarms. */
const WITH_ALARMS = ['VEVENT', 'VTODO'];
const authorization = `Basic ${Buffer.from('alice:bench-password-1').toString('base64')}`;
const xml = { authorization, depth: '1', 'content-type': 'text/xml' };
const calendarData = { authorization, 'content-type': 'text/calendar; charset=utf-8' };

const WORKER = 'evaluation';
/** ms after a PUT until its file was written and looked at, which is no part of the questions; polls go on. */
const SETTLED = 300;

const { values: options } = parseArgs({ options: { davd: { type: 'string' }, shown: { type: 'string' } } });
const SHOWN = Number(options.shown ?? 3);

/** What is asked about an object, by the name of its component. */
function questionsOf(
  calendar: string,
  component: string,
): (readonly [kind: string, request: Buffer, status: number])[] {
  const [start, end] = MAY;
  const range = `<C:time-range start="${start}" end="${end}"/>`;
  const expand = `<D:prop><C:calendar-data><C:expand start="${start}" end="${end}"/></C:calendar-data></D:prop>`;
  const etags = '<D:prop><D:getetag/></D:prop>';
  const query = (wanted: string, inner: string) =>
    report(
      calendar,
      'calendar-query',
      `${wanted}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="${component}">${inner}</C:comp-filter></C:comp-filter></C:filter>`,
    );
  const alarms = query(etags, `<C:comp-filter name="VALARM">${range}</C:comp-filter>`);
  return [
    ['query of a month', query(etags, range), 207],
    ['query without an end', query(etags, `<C:time-range start="${start}"/>`), 207],
    ...(WITH_ALARMS.includes(component) ? [['query of alarms', alarms, 207] as const] : []),
    ['free-busy', report(calendar, 'free-busy-query', range), 200],
    ['expand', query(expand, ''), 207],
    ['expand of a month', query(expand, range), 207],
  ];
}

function report(calendar: string, name: string, content: string): Buffer {
  const body = `<C:${name} xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">${content}</C:${name}>`;
  return message('REPORT', calendar, xml, body);
}

const server = await davd(options.davd).start();
try {
  await measure();
} finally {
  await server.remove();
}

async function measure(): Promise<void> {
  const load = loadavg()[0]?.toFixed(1);
  const pid = server.own?.pid() ?? 0;
  const objects = hostileObjects();
  const connection = await Connection.open(server.origin);
  const headers = { ...xml, depth: '0' };
  const polls = new Polls({ origin: server.origin.href, pid, path: `${HOME}default/`, headers });
  const taken: Taken[] = [];
  const take = async (kind: string, object: string, request: Buffer, statuses: readonly number[]) => {
    polls.during(taken.length);
    const before = threadsOf(pid, WORKER);
    const from = performance.now();
    const answer = await connection.send(request);
    taken.push({ kind, object, ms: performance.now() - from, computed: threadsOf(pid, WORKER) - before });
    expect(answer, statuses);
    return answer.status;
  };
  let stored = 0;
  for (const [i, { what, component, bytes }] of objects.entries()) {
    const calendar = `${HOME}hostile-${i}/`;
    expect(await connection.send(message('MKCALENDAR', calendar, { authorization })), [201]);
    const put = message('PUT', `${calendar}x.ics`, calendarData, bytes);
    if ((await take('PUT', what, put, [201, 403])) === 201) stored += 1;
    await setTimeout(SETTLED);
    for (const [kind, request, status] of questionsOf(calendar, component)) {
      await take(kind, what, request, [status]);
    }
  }
  const waits = await polls.stop();
  connection.close();
  console.log(
    `${objects.length} objects, ${stored} of them stored; load ${load} to ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const kind of new Set(taken.map((one) => one.kind))) {
    print(
      `slowest ${kind}`,
      taken.filter((one) => one.kind === kind),
    );
  }
  const named = waits.map(({ during, ms, computed }: Wait) => ({
    kind: taken[during]?.kind ?? '',
    object: taken[during]?.object ?? 'before all',
    ms,
    computed,
  }));
  print(`longest of ${waits.length} polls meanwhile`, named);
}

/** Those that took most, by the clock and by the processor. */
function print(heading: string, list: readonly Taken[]): void {
  console.log(`\n${heading}`);
  for (const by of ['ms', 'computed'] as const) {
    for (const { kind, object, ...times } of list.toSorted((a, b) => b[by] - a[by]).slice(0, SHOWN)) {
      console.log(
        `  ${times.ms.toFixed(1).padStart(7)} ms  ${times.computed.toFixed(1).padStart(7)} ms of processor  ${kind}: ${object}`,
      );
    }
  }
}

function expect(answer: Answer, statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return;
  throw new Error(
    `${statuses.join(' or ')} expected, ${answer.status} came: ${answer.body.subarray(0, 500)}`,
  );
}
