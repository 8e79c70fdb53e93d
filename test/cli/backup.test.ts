/** davd backup and davd restore-backup as a person runs them. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { event } from '../objects.ts';
import { DAVD, davd, ENVIRONMENT, type Ended, madeFolder, serving, start, stop } from './davd.ts';

const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;

async function filled(t: TestContext): Promise<{ data: string; folder: string }> {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: 'secret\n' });
  const folder = join(dirname(data), 'backups');
  mkdirSync(folder);
  return { data, folder };
}

async function put(url: string, name: string): Promise<void> {
  const { status } = await fetch(new URL(`/dav/calendars/alice/default/${name}`, url), {
    method: 'PUT',
    headers: { authorization, 'content-type': 'text/calendar' },
    body: event(name),
  });
  assert.equal(status, 201);
}

function refused({ code, out, err }: Ended, sentence: RegExp): void {
  assert.match(err, sentence);
  assert.deepEqual([code, out], [1, ''], err);
  assert.equal(err.trimEnd().split('\n').length, 1, err);
}

test('a backup is one file that any tar reads, for its owner alone, with the server running and stopped', async (t) => {
  const { data, folder } = await filled(t);
  const server = await serving(t, data);
  await put(server.url, 'é 1.ics');
  const file = join(folder, 'davd.tar.gz');
  for (const running of [true, false]) {
    if (!running) {
      server.child.kill('SIGTERM');
      await server.ended;
    }
    const { code, out, err } = await davd(['backup', file, '--data', data]);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^Backup of .* written to .*davd\.tar\.gz: 1 user, 3 collections, 1 object, .* KB\.\n$/,
    );
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['davd.tar.gz']);
    const unpacked = join(folder, '..', `unpacked-${running}`);
    mkdirSync(unpacked);
    execFileSync('tar', ['-xzf', file, '-C', unpacked]);
    assert.equal(
      readFileSync(join(unpacked, 'files/alice/calendars/default/é 1.ics'), 'utf8'),
      event('é 1.ics'),
    );
    assert.ok(JSON.parse(readFileSync(join(unpacked, 'users.json'), 'utf8')).users.length === 1);
    const verified = await davd(['backup', '--verify', file, '--data', '/nonexistent']);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, /is good: 1 user, 3 collections, 1 object\.\n$/);
  }
});

test('a backup through a pipe is restored, and the new server has everything', async (t) => {
  const { data } = await filled(t);
  const server = await serving(t, data);
  await put(server.url, 'a.ics');
  const copy = join(dirname(data), 'copy');
  const piped = `"${DAVD}" backup - --data "${data}" | "${DAVD}" restore-backup - --data "${copy}"`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', piped], {
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /^Made the data folder .*copy of the backup of .*: 1 user, 3 collections, 1 object\.\nNext: /,
  );
  assert.equal(stderr, '');
  const other = await serving(t, copy);
  const got = await fetch(new URL('/dav/calendars/alice/default/a.ics', other.url), {
    headers: { authorization },
  });
  assert.equal(await got.text(), event('a.ics'));
  assert.equal((await davd(['check', '--data', copy])).out, 'Nothing is wrong.\n');
  const past = ['history', 'alice/calendars/default', '--json', '--data'];
  const [before, after] = [await davd([...past, data]), await davd([...past, copy])];
  assert.match(after.out, /a\.ics/);
  assert.deepEqual(JSON.parse(after.out), JSON.parse(before.out));
});

test('a backup that is not good says what differs', async (t) => {
  const { data, folder } = await filled(t);
  const file = join(folder, 'davd.tar.gz');
  await davd(['backup', file, '--data', data]);
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  const names = execFileSync('tar', ['-xzvf', file, '-C', unpacked], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  const description = 'files/alice/calendars/default/.collection.json';
  const text = readFileSync(join(unpacked, description), 'utf8');
  writeFileSync(join(unpacked, description), text.replace('VEVENT', 'VTODOS'));
  execFileSync('tar', ['-czf', file, '-C', unpacked, '--no-recursion', ...names]);
  const { code, out, err } = await davd(['backup', '--verify', file]);
  assert.equal(code, 1, err);
  assert.match(
    out,
    /is not good: 1 difference\.\nfiles\/alice\/calendars\/default\/\.collection\.json: it has other bytes/,
  );
});

test('a full disk: one sentence, and what was there before stays', async (t) => {
  const { data, folder } = await filled(t);
  refused(await davd(['backup', '/dev/full', '--data', data]), /can't write "\/dev\/full": the disk is full/);
  const file = join(folder, 'davd.tar.gz');
  writeFileSync(file, 'before');
  const server = await serving(t, data);
  for (let i = 0; i < 20; i++) await put(server.url, `${randomUUID()}.ics`);
  // A file may have one block: writing fails in the middle.
  const limited = `ulimit -f 1; exec "${DAVD}" backup "${file}" --data "${data}"`;
  const env = { ...ENVIRONMENT, NODE_COMPILE_CACHE: '' };
  const { status, stderr } = spawnSync('/bin/sh', ['-c', limited], { env, encoding: 'utf8' });
  assert.equal(stderr, `davd: can't write "${file}": a file must not be so large here\n`);
  assert.equal(status, 1);
  assert.equal(readFileSync(file, 'utf8'), 'before');
  assert.deepEqual(readdirSync(folder), ['davd.tar.gz']);
});

test('what can not be written or read is told in one sentence', async (t) => {
  const { data, folder } = await filled(t);
  const absent = join(folder, 'none', 'davd.tar.gz');
  refused(await davd(['backup', absent, '--data', data]), /can't write ".*": there is no folder ".*none"/);
  refused(await davd(['backup', folder, '--data', data]), /it is a folder; name a file in it/);
  refused(await davd(['backup', '--verify', absent]), /can't read ".*": it is not there/);
  refused(
    await davd(['restore-backup', absent, '--data', join(folder, 'x')]),
    /can't read ".*": it is not there/,
  );
  const text = join(folder, 'text');
  writeFileSync(text, 'text');
  refused(await davd(['restore-backup', text, '--data', join(folder, 'x')]), /it is not a backup of davd/);
  assert.equal(existsSync(join(folder, 'x')), false);
  refused(
    await davd(['restore-backup', text, '--data', data]),
    /something is there; name an empty or a new folder/,
  );
  refused(
    await davd(['restore-backup', folder, '--data', join(folder, 'x')]),
    /can't read the backup ".*": it is a folder/,
  );
});

test('a backup that is stopped, or whose server ends, leaves nothing', async (t) => {
  const { data, folder } = await filled(t);
  const server = await serving(t, data);
  const file = join(folder, 'davd.tar.gz');
  const stopped = start(['backup', '--data', data, file]);
  const left = start(['backup', '--data', data, join(folder, 'other.tar.gz')]);
  stopped.child.kill('SIGINT');
  server.child.kill('SIGTERM');
  for (const { code, err } of await Promise.all([stopped.ended, left.ended, server.ended])) {
    assert.doesNotMatch(err, /unexpected/, `${code}`);
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => !/^(davd|other)\.tar\.gz$/.test(name)),
    [],
  );
});

test('a link leads to the file that is replaced', async (t) => {
  const { data, folder } = await filled(t);
  writeFileSync(join(folder, 'target'), '');
  symlinkSync(join(folder, 'target'), join(folder, 'link'));
  await davd(['backup', join(folder, 'link'), '--data', data]);
  assert.ok(statSync(join(folder, 'target')).size > 1000);
});

test('a server makes backups of itself, and says when it can not', async (t) => {
  const { data, folder } = await filled(t);
  const settings = { format: 1, 'backup.dir': folder, 'backup.every': '12 h', 'backup.keep': 1 };
  writeFileSync(join(data, 'davd.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'mine.tar.gz'), '');
  const server = await serving(t, data);
  await server.said(/backup made/, 'err');
  const [name = ''] = readdirSync(folder).filter((each) => each !== 'mine.tar.gz');
  assert.match(name, /^davd-[0-9a-f]{8}-\d{8}T\d{6}Z\.tar\.gz$/);
  const { out: verified } = await davd(['backup', '--verify', join(folder, name)]);
  assert.match(verified, /is good: 1 user, 3 collections, 0 objects/);
  const { out } = await davd(['status', '--data', data]);
  assert.match(out, /^Backup +\d{4}-\d\d-\d\d \d\d:\d\d, .* KB; 1 in .*, every 12 h$/m);
  assert.doesNotMatch(out, /Warning: .*backup/);
  await stop(server);

  const gone = join(folder, 'gone');
  writeFileSync(join(data, 'davd.json'), JSON.stringify({ ...settings, 'backup.dir': gone }));
  const again = await serving(t, data);
  await again.said(/backup failed/, 'err');
  assert.match(
    (await davd(['status', '--data', data])).out,
    /Warning: the backups in ".*gone" can't be looked at: it is not there/,
  );
});

const skip = process.getuid?.() === 0 ? false : 'only root may do both';

test("root backs up another's folder into one of its own, and leaves nothing of its own behind", {
  skip,
}, async (t) => {
  const { data, folder } = await filled(t);
  execFileSync('chown', ['-R', 'nobody', data]);
  chmodSync(folder, 0o700);
  const file = join(folder, 'davd.tar.gz');
  const { code, err } = await davd(['backup', file, '--data', data]);
  assert.equal(code, 0, err);
  assert.equal(statSync(file).uid, 0);
  assert.equal(execFileSync('find', [data, '-user', 'root'], { encoding: 'utf8' }), '');
  const copy = join(dirname(data), 'copy');
  mkdirSync(copy);
  execFileSync('chown', ['nobody', copy]);
  assert.equal((await davd(['restore-backup', file, '--data', copy])).code, 0);
  assert.equal(execFileSync('find', [copy, '-user', 'root'], { encoding: 'utf8' }), '');
});
