/** cadaver, a WebDAV client that knows nothing of calendars, works in one: copies, moves, locks, properties. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { davd, madeFolder, serving } from '../cli/davd.ts';
import { event } from '../objects.ts';

const missing = !installed();
if (missing && process.env['CI'] === 'true') {
  throw new Error('cadaver is not installed: apt-get install cadaver, as .ci/run does');
}
const skip = missing && 'cadaver is not installed: apt-get install cadaver';
const password = 'secret-alice-1';

test('cadaver puts, lists, copies, moves, locks and deletes', { skip }, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: `${password}\n` });
  const server = await serving(t, data);
  const home = mkdtempSync(join(tmpdir(), 'davd-cadaver-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  writeFileSync(join(home, '.netrc'), `machine 127.0.0.1\nlogin alice\npassword ${password}\n`, {
    mode: 0o600,
  });
  const text = event('one');
  writeFileSync(join(home, 'one.ics'), text);
  writeFileSync(join(home, 'changed.ics'), event('one', { summary: 'Changed' }));
  const url = new URL('/dav/calendars/alice/default/', server.url).href;
  const says = (...commands: string[]) => cadaver(home, url, commands);

  await t.test('it puts an event, sees it in the listing, and gets it back as it was', async () => {
    const said = await says('put one.ics', 'ls', 'get one.ics back.ics');
    assert.match(said, /Uploading one\.ics.*succeeded/s);
    assert.match(said, new RegExp(`one\\.ics\\s+${text.length}`));
    assert.equal(readFileSync(join(home, 'back.ics'), 'utf8'), text);
  });

  await t.test('it sets a property and reads it', async () => {
    assert.match(await says('propset one.ics note mine', 'propget one.ics note'), /Value of note is: mine/i);
  });

  await t.test('it makes a calendar and copies and moves the event into it', async () => {
    const said = await says(
      'mkcol ../other',
      'copy one.ics ../other/copy.ics',
      'move one.ics ../other/copy.ics',
      'cd ../other',
      'ls',
    );
    assert.match(said, /Copying .*succeeded/s);
    assert.match(said, /Moving .*succeeded/s);
    assert.match(said, /copy\.ics/);
    assert.doesNotMatch(said, /failed/);
  });

  await t.test('it copies the whole calendar, and locks and changes an event of it', async () => {
    const said = await says(
      'copy ../other/ ../second/',
      'cd ../second',
      'lock copy.ics',
      'discover copy.ics',
      'showlocks',
      'put changed.ics copy.ics',
      'unlock copy.ics',
      'delete copy.ics',
    );
    assert.match(said, /Locking `copy\.ics': succeeded/);
    assert.match(said, /Lock token <urn:uuid:/);
    assert.match(said, /Unlocking `copy\.ics': succeeded/);
    assert.match(said, /Deleting `copy\.ics': succeeded/);
    assert.doesNotMatch(said, /failed/);
  });

  await t.test('somebody else\u2019s lock stops it', async () => {
    await says('cd ../other', 'lock copy.ics');
    assert.match(await says('cd ../other', 'delete copy.ics'), /failed.*423 Locked/s);
  });

  await t.test('it removes the calendars', async () => {
    assert.doesNotMatch(await says('rmcol ../second'), /failed/);
  });
});

/** What cadaver says to commands, one a line. */
function cadaver(home: string, url: string, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('cadaver', [url], { cwd: home, env: { ...process.env, HOME: home, EDITOR: 'true' } });
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', () => resolve(said));
    child.stdin.end(`${[...commands, 'quit'].join('\n')}\n`);
  });
}

function installed(): boolean {
  return spawnSync('cadaver', ['--version'], { stdio: 'ignore' }).error === undefined;
}
