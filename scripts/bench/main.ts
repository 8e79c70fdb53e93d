/**
 * First figures of a running server, each beside what the machine does at all in the same run: `npm run bench`.
 * Client and server share the machine's cores.
 */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { measureCalendars } from './calendar.ts';
import { type Answer, Connection, message } from './connection.ts';
import { authorization, type RunningServer, startServer } from './server.ts';

const calendar = '/dav/calendars/alice/default/';

const pollBody =
  '<?xml version="1.0" encoding="UTF-8"?><A:propfind xmlns:A="DAV:"><A:prop><C:getctag xmlns:C="http://calendarserver.org/ns/"/><A:sync-token/></A:prop></A:propfind>';

function event(i: number): string {
  const day = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '');
  const note = 'Bring the papers of last week, and ask about the room. '.repeat(12);
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//davd//bench//EN\r\nBEGIN:VEVENT\r\nUID:bench-${i}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${day}\r\nDURATION:PT1H\r\nSUMMARY:Event ${i}\r\nDESCRIPTION:${note}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
}

const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' };
const put = (name: string, i: number) => message('PUT', `${calendar}${name}.ics`, headers, event(i));
const poll = message(
  'PROPFIND',
  calendar,
  { authorization, depth: '0', 'content-type': 'text/xml' },
  pollBody,
);

/** p50 and p95 of `times` in ms. */
function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) => (sorted[Math.floor(sorted.length * q)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

/** Times of appending 1 KB and syncing it: what no durable write can be quicker than. */
function rawAppend(folder: string, count: number): number[] {
  const path = join(folder, 'raw-append');
  const file = openSync(path, 'a');
  const block = Buffer.alloc(1024, 'x');
  const times = [];
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    times.push(performance.now() - from);
  }
  closeSync(file);
  unlinkSync(path);
  return times;
}

/** Sends `count` requests over `connections` connections; requests per second. */
async function rate(
  port: number,
  connections: number,
  count: number,
  request: (i: number) => Buffer,
  status: number,
) {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  let next = 0;
  const from = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      for (let i = next++; i < count; i = next++) expect(await connection.send(request(i)), status);
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  for (const connection of open) connection.close();
  return count / seconds;
}

function expect(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${status} expected, ${answer.status} came: ${answer.body}`);
}

async function measure(server: RunningServer): Promise<void> {
  const { port } = server;
  console.log(`memory, idle                 ${server.resident().toFixed(0)} MB resident`);
  await rate(port, 8, 500, (i) => put(`warm-${i}`, 1_000_000 + i), 201);

  console.log(`append 1 KB + fdatasync      ${spread(rawAppend(server.data, 500))}`);
  const connection = await Connection.open(port);
  const times = [];
  for (let i = 0; i < 500; i++) {
    const request = put(`one-${i}`, i);
    const from = performance.now();
    expect(await connection.send(request), 201);
    times.push(performance.now() - from);
  }
  connection.close();
  console.log(`PUT, one connection          ${spread(times)}`);
  const puts = await rate(port, 8, 5000, (i) => put(`eight-${i}`, 10_000 + i), 201);
  console.log(`PUT, 8 connections           ${puts.toFixed(0)} /s`);
  for (const connections of [1, 16]) {
    await rate(port, connections, 2000, () => poll, 207);
    const polls = await rate(port, connections, 20_000, () => poll, 207);
    console.log(`poll, ${String(connections).padStart(2)} connection(s)       ${polls.toFixed(0)} /s`);
  }
  console.log(`memory, after 6,000 events   ${server.resident().toFixed(0)} MB resident`);
}

const server = await startServer();
try {
  await measure(server);
} finally {
  await server.stop();
}
await measureCalendars();
