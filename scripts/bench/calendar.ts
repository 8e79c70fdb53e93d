/**
 * Figures of queries by time, each from a real server: a month over 10,000 events of which 2,000 recur, and fifty hostile
 * objects with what others wait for meanwhile. Part of `npm run bench`; alone by `node scripts/bench/calendar.ts`.
 */

import { fileURLToPath } from 'node:url';
import { type Answer, Connection, message } from './connection.ts';
import { hostileObjects } from './hostile-objects.ts';
import { authorization, type RunningServer, startServer } from './server.ts';

const HOME = '/dav/calendars/alice/';
const EVENTS = 10_000;
const DAY = 86_400_000;
const xml = { authorization, depth: '1', 'content-type': 'text/xml' };
const calendarData = { authorization, 'content-type': 'text/calendar; charset=utf-8' };

/** Every fifth recurs: weekly, monthly, yearly and so on, for ever, most by the clock of a zone. */
function event(i: number): string {
  const rules = [
    'FREQ=WEEKLY',
    'FREQ=MONTHLY;BYDAY=2TU',
    'FREQ=YEARLY',
    'FREQ=DAILY;INTERVAL=3',
    'FREQ=WEEKLY;BYDAY=MO,WE,FR',
  ];
  const start = stamp(Date.UTC(2022, 0, 1, 8) + i * 3.5 * 3_600_000);
  const recurs = i % 5 === 0;
  const lines = [
    `UID:bench-${i}`,
    'DTSTAMP:20260101T000000Z',
    recurs || i % 3 === 0 ? `DTSTART;TZID=Europe/Berlin:${start}` : `DTSTART:${start}Z`,
    'DURATION:PT1H',
    `SUMMARY:Event ${i}`,
    ...(recurs ? [`RRULE:${rules[(i / 5) % rules.length]}`] : []),
    `DESCRIPTION:${'Bring the papers of last week, and ask about the room. '.repeat(6)}`,
  ];
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(
    '\r\n',
  );
}

/** REPORT for the etags of events between two times. */
function query(calendar: string, start: string, end: string | null, inner = ''): Buffer {
  const range = `<C:time-range start="${start}"${end === null ? '' : ` end="${end}"`}/>`;
  const filter = `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${inner === '' ? range : `<C:comp-filter name="VALARM">${range}</C:comp-filter>`}</C:comp-filter></C:comp-filter></C:filter>`;
  return report(calendar, 'calendar-query', `<D:prop><D:getetag/></D:prop>${filter}`);
}

function report(calendar: string, name: string, content: string): Buffer {
  const body = `<C:${name} xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">${content}</C:${name}>`;
  return message('REPORT', calendar, xml, body);
}

async function ask(connection: Connection, request: Buffer): Promise<{ ms: number; answer: Answer }> {
  const from = performance.now();
  const answer = await connection.send(request);
  return { ms: performance.now() - from, answer };
}

async function month(server: RunningServer): Promise<void> {
  const calendar = `${HOME}default/`;
  const put = (i: number) => message('PUT', `${calendar}${i}.ics`, calendarData, event(i));
  const connections = await Promise.all(Array.from({ length: 8 }, () => Connection.open(server.port)));
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = next++; i < EVENTS; i = next++) expect(await connection.send(put(i)), [201]);
    }),
  );
  for (const connection of connections) connection.close();
  let connection = await Connection.open(server.port);
  const state = async (what: string, request: Buffer) => {
    const { ms, answer } = await ask(connection, request);
    expect(answer, [207, 200]);
    const found = answer.body.toString().match(/<D:response>/g)?.length;
    console.log(`${what.padEnd(44)} ${ms.toFixed(1)} ms${found === undefined ? '' : `, ${found} objects`}`);
  };
  const may = query(calendar, '20260501T000000Z', '20260601T000000Z');
  await state('a month, nothing known yet', may);
  await state('the same again', may);
  await state('the next month', query(calendar, '20260601T000000Z', '20260701T000000Z'));
  expect(await connection.send(message('PUT', `${calendar}new.ics`, calendarData, event(EVENTS))), [201]);
  await state(
    'a month a year later, right after a PUT',
    query(calendar, '20270501T000000Z', '20270601T000000Z'),
  );
  await state('from now on', query(calendar, '20260501T000000Z', null));
  const free = report(
    calendar,
    'free-busy-query',
    '<C:time-range start="20260501T000000Z" end="20260601T000000Z"/>',
  );
  await state('free-busy of a month', free);
  connection.close();
  await server.restart();
  connection = await Connection.open(server.port);
  expect(await connection.send(message('PROPFIND', HOME, { ...xml, depth: '0' })), [207]);
  await state('after a start: a month', may);
  await state('the same again', may);
  connection.close();
}

async function hostile(server: RunningServer): Promise<void> {
  const times: { what: string; ms: number }[] = [];
  const waits: { what: string; ms: number }[] = [];
  let what = '';
  let polling = true;
  const polls = (async () => {
    const connection = await Connection.open(server.port);
    const poll = message('PROPFIND', `${HOME}default/`, { ...xml, depth: '0' });
    while (polling) waits.push({ what, ms: (await ask(connection, poll)).ms });
    connection.close();
  })();
  const connection = await Connection.open(server.port);
  const timed = async (kind: string, object: string, request: Buffer, statuses: readonly number[]) => {
    what = `${kind}: ${object}`;
    const { ms, answer } = await ask(connection, request);
    expect(answer, statuses);
    times.push({ what, ms });
  };
  for (const [i, [object, bytes]] of hostileObjects().entries()) {
    const calendar = `${HOME}hostile-${i}/`;
    expect(await connection.send(message('MKCALENDAR', calendar, { authorization })), [201]);
    await timed('PUT', object, message('PUT', `${calendar}x.ics`, calendarData, bytes), [201, 403]);
    const [start, end] = ['20260501T000000Z', '20260601T000000Z'];
    const range = `<C:time-range start="${start}" end="${end}"/>`;
    await timed('query', object, query(calendar, start, end), [207]);
    await timed('query', object, query(calendar, start, null), [207]);
    await timed('query', object, query(calendar, start, end, 'VALARM'), [207]);
    await timed('free-busy', object, report(calendar, 'free-busy-query', range), [200]);
    const expand = `<D:prop><C:calendar-data><C:expand start="${start}" end="${end}"/></C:calendar-data></D:prop>`;
    const all = '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>';
    await timed('expand', object, report(calendar, 'calendar-query', `${expand}${all}`), [207]);
  }
  polling = false;
  await polls;
  connection.close();
  const slowest = (list: typeof times) => list.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
  for (const kind of ['PUT', 'query', 'free-busy', 'expand'])
    print(`slowest ${kind}`, slowest(times.filter((one) => one.what.startsWith(kind))));
  print('longest wait of a poll meanwhile', slowest(waits));
}

function print(heading: string, list: readonly { what: string; ms: number }[]): void {
  console.log(heading);
  for (const { what, ms } of list) console.log(`  ${ms.toFixed(1).padStart(8)} ms  ${what}`);
}

function expect(answer: Answer, statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return;
  throw new Error(
    `${statuses.join(' or ')} expected, ${answer.status} came: ${answer.body.subarray(0, 500)}`,
  );
}

/** ms as `20260501T100000`. */
function stamp(ms: number): string {
  return new Date(ms - (ms % (DAY / 96))).toISOString().replace(/[-:]|\.\d+Z/g, '');
}

export async function measureCalendars(): Promise<void> {
  const server = await startServer();
  try {
    await month(server);
    await hostile(server);
  } finally {
    await server.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureCalendars();
