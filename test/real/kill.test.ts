/** The server is killed in the middle of writes: what it had answered is there afterwards, whole. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { davd, madeFolder, type Serving, serving, stop } from '../cli/davd.ts';
import { readMultistatus } from '../multistatus.ts';
import { event } from '../objects.ts';

const rounds = process.env['DAVD_TEST_LONG'] ? 200 : 10;
/** In each round, at most. */
const requests = 500;
const connections = 8;
/** Each connection has names of its own, so that the order of its answers is the order of the versions. */
const namesEach = 50;
const calendar = '/dav/calendars/alice/default/';
const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;

/** An object as a client sent it; undefined where there is none. */
type Version = string | undefined;

/** What one name may hold: the version that was answered last, and those sent after it without an answer. */
interface Versions {
  answered: Version;
  open: Version[];
}

test(`killed in the middle of ${requests} PUTs and DELETEs, ${rounds} times in a row, the server has lost none it answered`, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: 'secret\n' });
  const folder = join(data, 'files', 'alice', 'calendars', 'default');
  const stored = new Map<string, Versions>();
  let server = await serving(t, data);
  let total = 0;
  for (let round = 1; round <= rounds; round++) {
    const killAfter = randomInt(1, requests);
    const where = `round ${round}, killed after ${killAfter} answers`;
    const token = await syncToken(server.url);
    const answered = await writeUntilKilled(server, stored, round, killAfter);
    total += killAfter;
    assertWhole(folder, stored);
    server = await serving(t, data);
    await assertKept(server.url, stored, where);
    const changed = await changedSince(server.url, token);
    for (const name of answered) assert.ok(changed.has(name), `${where}: ${name} in the sync afterwards`);
  }
  const names = [...stored.keys()].filter((name) => stored.get(name)?.answered !== undefined).sort();
  // Files that the crash left out are written in the background.
  for (let waited = 0; waited < 60 && !isDeepStrictEqual(assertWhole(folder, stored), names); waited++)
    await sleep(500);
  await stop(server);
  assert.deepEqual(assertWhole(folder, stored), names);
  for (const name of names)
    assert.equal(readFileSync(join(folder, name), 'utf8'), stored.get(name)?.answered);
  t.diagnostic(`${rounds} kills, ${total} requests answered before, none lost`);
});

/** Eight connections put and delete as fast as they can. Returns the names answered. */
async function writeUntilKilled(
  server: Serving,
  stored: Map<string, Versions>,
  round: number,
  killAfter: number,
): Promise<ReadonlySet<string>> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answered = new Set<string>();
  let [next, answers] = [0, 0];
  const connection = async (own: number): Promise<void> => {
    while (next < requests) {
      const i = next++;
      const name = `${own}-${randomInt(namesEach)}.ics`;
      const versions = stored.get(name) ?? { answered: undefined, open: [] };
      stored.set(name, versions);
      const deletes = versions.answered !== undefined && randomInt(4) === 0;
      const version = deletes
        ? undefined
        : event(name, { summary: `${round}.${i}`, padding: randomInt(8_000) });
      versions.open.push(version);
      const status = await send(server.url, agent, name, version).catch(() => undefined);
      if (status === undefined) return;
      assert.ok(status === 201 || status === 204, `${status} for ${name}`);
      versions.answered = version;
      versions.open = [];
      answered.add(name);
      if (++answers === killAfter) server.child.kill('SIGKILL');
    }
  };
  const ended = once(server.child, 'close');
  await Promise.all(Array.from({ length: connections }, (_, own) => connection(own)));
  server.child.kill('SIGKILL');
  await ended;
  agent.destroy();
  return answered;
}

function send(url: string, agent: Agent, name: string, version: Version): Promise<number> {
  return new Promise((resolve, reject) => {
    const method = version === undefined ? 'DELETE' : 'PUT';
    const headers = { authorization, ...(version !== undefined && { 'content-type': 'text/calendar' }) };
    request(new URL(calendar + name, url), { method, agent, headers }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode ?? 0))
        .on('error', reject);
    })
      .on('error', reject)
      .end(version);
  });
}

/** Every name that was answered holds that version, or one that was sent after it. */
async function assertKept(url: string, stored: Map<string, Versions>, where: string): Promise<void> {
  const waiting = [...stored].values();
  const connection = async (): Promise<void> => {
    for (const [name, versions] of waiting) {
      const response = await fetch(new URL(calendar + name, url), { headers: { authorization } });
      const text = await response.text();
      assert.ok(
        response.status === 200 || response.status === 404,
        `${where}: ${response.status} for ${name}`,
      );
      const found = response.status === 404 ? undefined : text;
      const isAllowed = [versions.answered, ...versions.open].includes(found);
      assert.ok(isAllowed, `${where}: ${name} is ${found === undefined ? 'lost' : 'another version'}`);
      versions.answered = found;
      versions.open = [];
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

/** Every file is a whole version that was sent for it. Returns their names, without those of files that are just being removed. */
function assertWhole(folder: string, stored: ReadonlyMap<string, Versions>): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^[^.].*\.ics$/.test(name)) : [];
  return names.filter((name) => isWhole(folder, name, stored.get(name))).sort();
}

function isWhole(folder: string, name: string, versions: Versions | undefined): boolean {
  assert.ok(versions, `a file ${name} that nobody sent`);
  const text = readIfThere(join(folder, name));
  if (text === undefined) {
    assert.equal(versions.answered, undefined, `the file ${name} of an object that is there went away`);
    return false;
  }
  assert.equal(/^UID:(.*)\r$/m.exec(text)?.[1], name);
  assert.match(text, /^BEGIN:VCALENDAR\r\n.*\r\nEND:VCALENDAR\r\n$/s);
  return true;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function report(url: string, token: string) {
  const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
  const response = await fetch(new URL(calendar, url), {
    method: 'REPORT',
    headers: { authorization, depth: '1' },
    body,
  });
  assert.equal(response.status, 207);
  return readMultistatus(Buffer.from(await response.arrayBuffer()));
}

async function syncToken(url: string): Promise<string> {
  return (await report(url, '')).token ?? '';
}

/** Names of the members that a client would fetch anew. */
async function changedSince(url: string, token: string): Promise<ReadonlySet<string>> {
  return new Set((await report(url, token)).responses.map(({ href }) => href.slice(calendar.length)));
}
