/** How long a real davd takes over hostile objects, and what others wait for meanwhile: `npm run bench:hostile`. */

import { type Answer, Connection, message } from './connection.ts';
import { hostileObjects } from './hostile-objects.ts';
import { davd } from './servers/davd.ts';
import type { Server } from './servers/server.ts';

const HOME = '/dav/calendars/alice/';
const authorization = `Basic ${Buffer.from('alice:bench-password-1').toString('base64')}`;
const xml = { authorization, depth: '1', 'content-type': 'text/xml' };
const calendarData = { authorization, 'content-type': 'text/calendar; charset=utf-8' };

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

async function hostile(server: Server): Promise<void> {
  const times: { what: string; ms: number }[] = [];
  const waits: { what: string; ms: number }[] = [];
  let what = '';
  let polling = true;
  const polls = (async () => {
    const connection = await Connection.open(server.origin);
    const poll = message('PROPFIND', `${HOME}default/`, { ...xml, depth: '0' });
    while (polling) waits.push({ what, ms: (await ask(connection, poll)).ms });
    connection.close();
  })();
  const connection = await Connection.open(server.origin);
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

const server = await davd().start();
try {
  await hostile(server);
} finally {
  await server.remove();
}
