/** python-caldav, the library of Home Assistant and others, does all that it can with a real server. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { davd, madeFolder, serving } from '../cli/davd.ts';

/** Debian's packages are those of the system's Python. */
const python = '/usr/bin/python3';
const missing = spawnSync(python, ['-c', 'import caldav'], { stdio: 'ignore' }).status !== 0;
if (missing && process.env['CI'] === 'true') {
  throw new Error('python-caldav is not installed: apt-get install python3-caldav, as .ci/run does');
}
const skip = missing && 'python-caldav is not installed: apt-get install python3-caldav';
const password = 'secret-alice-1';

test('python-caldav finds, searches, syncs and changes what it should', { skip }, async (t) => {
  const data = await madeFolder(t);
  const user = ['user', 'add', 'alice', '--email', 'alice@example.com', '--password-stdin', '--data', data];
  await davd(user, { input: `${password}\n` });
  const server = await serving(t, data);
  const script = `${import.meta.dirname}/python_caldav.py`;
  const { stdout } = await promisify(execFile)(python, [script, server.url, 'alice', password]);
  const { busy, ...seen } = JSON.parse(stdout) as Record<string, unknown>;
  const mine = ['/dav/calendars/alice/default/', '/dav/calendars/alice/tasks/'];
  assert.deepEqual(seen, {
    principal: '/dav/principals/alice/',
    addresses: ['mailto:alice@example.com', '/dav/principals/alice/'],
    calendars: mine,
    caldav: true,
    scheduling: false,
    events: 2,
    'in a day': 1,
    'from a day on': 1,
    expanded: 5,
    'by text': 1,
    'by category': 1,
    'of any kind in a range': 4,
    'of any kind': 4,
    journals: 1,
    'by uid': '/dav/calendars/alice/python/once.ics',
    tasks: 1,
    'tasks to do': 0,
    'tasks at all': 1,
    'first sync': 4,
    'after a change': [1, 0],
    'after a deletion': [0, 1],
    name: 'Renamed',
    'calendars at the end': mine,
  });
  assert.match(String(busy), /20200102T100000Z\/20200102T110000Z,20200110T100000Z\/20200110T110000Z/);
});
