/** A running server, and commands beside it. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { davd, listening, madeFolder, newPath, propfind, serving, start, stop } from './davd.ts';

test('serve: says where it listens, ends with 0 at SIGTERM and SIGINT, and starts again', async (t) => {
  const data = await madeFolder(t);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = await serving(t, data);
    assert.equal(statSync(join(data, 'davd.sock')).mode & 0o777, 0o600);
    server.child.kill(signal);
    const { code, out } = await server.ended;
    assert.equal(code, 0);
    assert.match(out, /^davd ready on http:\/\/127\.0\.0\.1:\d+\/\n$/);
  }
  assert.equal(existsSync(join(data, 'davd.sock')), false);
});

test('serve: after kill -9 the next one starts, and commands work', async (t) => {
  const data = await madeFolder(t);
  const server = await serving(t, data);
  server.child.kill('SIGKILL');
  await server.ended;
  assert.equal((await davd(['user', 'add', 'alice', '--generate', '--data', data])).code, 0);
  await serving(t, data);
});

test('users added, changed and removed while the server runs count at once', async (t) => {
  const data = await madeFolder(t);
  const { url } = await serving(t, data);
  const at = ['--data', data];
  assert.equal(await propfind(url, 'bob', 'secret-bob-1'), 401);
  const added = await davd(['user', 'add', 'bob', '--password-stdin', ...at], { input: 'secret-bob-1\n' });
  assert.deepEqual([added.code, added.err], [0, '']);
  assert.ok(added.out.includes(`${url}dav/principals/bob/`), 'the address where it listens now');
  assert.equal(await propfind(url, 'bob', 'secret-bob-1'), 207);
  assert.equal(await propfind(`${url}dav/calendars/bob/default/`, 'bob', 'secret-bob-1'), 207);

  await davd(['user', 'passwd', 'bob', '--password-stdin', ...at], { input: 'secret-bob-2\n' });
  assert.equal(await propfind(url, 'bob', 'secret-bob-1'), 401);
  assert.equal(await propfind(url, 'bob', 'secret-bob-2'), 207);

  const again = await davd(['user', 'add', 'bob', '--generate', ...at]);
  assert.deepEqual([again.code, again.out], [1, '']);
  assert.match(again.err, /^davd: can't add user "bob": there is one of that name[^\n]*\n$/);

  await davd(['user', 'remove', 'bob', '--yes', ...at]);
  assert.equal(await propfind(url, 'bob', 'secret-bob-2'), 401);
});

test('serve: a second server on the same folder is refused in one sentence', async (t) => {
  const data = await madeFolder(t);
  await serving(t, data);
  const { code, out, err } = await davd(['serve', '--data', data, '--listen', '127.0.0.1:0']);
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^davd: a server runs on ".*" already: stop it first, [^\n]*\n$/);
});

test('serve: a taken port is refused in one sentence, and the folder is free again', async (t) => {
  const data = await madeFolder(t);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { code, out, err } = await davd(['serve', '--data', data, '--listen', `127.0.0.1:${port}`]);
  assert.deepEqual([code, out], [1, '']);
  assert.match(
    err,
    /^davd: can't listen on "127\.0\.0\.1:\d+": another program listens there; [^\n]*--listen[^\n]*\n$/,
  );
  assert.equal((await davd(['user', 'list', '--data', data])).code, 0);
});

test('serve: SIGHUP reads the settings again, and keeps the old ones where they are broken', async (t) => {
  const data = await madeFolder(t);
  const { url, child } = await serving(t, data);
  const realm = async (): Promise<string | null> => (await fetch(url)).headers.get('www-authenticate');
  assert.match((await realm()) ?? '', /realm="davd"/);
  const settings = JSON.parse(readFileSync(join(data, 'davd.json'), 'utf8'));
  const becomes = async (text: string, expected: RegExp): Promise<void> => {
    writeFileSync(join(data, 'davd.json'), text);
    child.kill('SIGHUP');
    for (let tries = 0; tries < 100 && !expected.test((await realm()) ?? ''); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match((await realm()) ?? '', expected);
  };
  await becomes(JSON.stringify({ ...settings, 'auth.realm': 'at home' }), /realm="at home"/);
  await becomes('{ broken', /realm="at home"/);
  await becomes(JSON.stringify({ ...settings, 'auth.realm': 'again' }), /realm="again"/);
});

test('serve: a request in flight at SIGTERM is answered', async (t) => {
  const data = await madeFolder(t);
  const { url, child, ended } = await serving(t, data);
  await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: 'secret-alice-1\n' });
  // The first login takes a hashing, in the middle of which the server is stopped.
  const answers = Array.from({ length: 5 }, (_, i) => propfind(`${url}?${i}`, 'alice', 'secret-alice-1'));
  await new Promise((resolve) => setTimeout(resolve, 60));
  child.kill('SIGTERM');
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([207]));
  assert.equal((await ended).code, 0);
});

test('serve: on a unix socket', async (t) => {
  const data = await madeFolder(t);
  const path = join(data, 'http.sock');
  const server = start(['serve', '--data', data, '--listen', path]);
  t.after(() => stop(server));
  await server.said(new RegExp(`^davd ready on unix:${path}$`, 'm'));
  assert.ok(statSync(path).isSocket());
});

test('a data folder with a long path works too', async (t) => {
  const data = join(newPath(t), 'x'.repeat(120));
  assert.equal((await davd(['init', '--yes', '--data', data])).code, 0);
  await serving(t, data);
  assert.equal((await davd(['user', 'add', 'alice', '--generate', '--data', data])).code, 0);
  assert.equal((await davd(['user', 'list', '--data', data])).code, 0);
});

test('no secret appears in the log', async (t) => {
  const data = await madeFolder(t);
  const server = start(['serve', '--data', data, '--listen', '127.0.0.1:0'], {
    env: { DAVD_LOG_LEVEL: 'debug' },
  });
  const { url, ended } = await listening(t, server);
  await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: 'secret-alice-1\n' });
  await propfind(url, 'alice', 'secret-alice-1');
  await propfind(url, 'alice', 'wrong-password');
  await stop(server);
  const { err } = await ended;
  assert.match(err, /"method":"PROPFIND","path":"\/","status":207/);
  assert.doesNotMatch(err, /secret|wrong|c2VjcmV0/i);
  assert.doesNotMatch(err, new RegExp(Buffer.from('alice:secret-alice-1').toString('base64')));
});

test('quickstart: the first start makes everything and prints the password once, the second just serves', async (t) => {
  const data = newPath(t);
  const args = ['quickstart', '--data', data, '--listen', '127.0.0.1:0'];
  const env = { USER: 'alice', LANG: 'fr_FR.UTF-8' };
  const first = await listening(t, start(args, { env }));
  const [, password = ''] = await first.said(/^Password: (\S+) /m);
  assert.equal(await propfind(`${first.url}dav/calendars/alice/default/`, 'alice', password), 207);
  const { out, code } = await stop(first);
  assert.equal(code, 0);
  assert.ok(out.includes(`${first.url}dav/principals/alice/`));
  assert.match(out, /Next: \S*davd user add NAME --data /);

  const second = await listening(t, start(args, { env: { USER: 'somebody-else' } }));
  assert.equal(await propfind(second.url, 'alice', password), 207);
  const later = await stop(second);
  assert.match(later.out, /^davd ready on \S+\n$/);
  const [user] = JSON.parse((await davd(['user', 'list', '--json', '--data', data])).out);
  assert.equal(user.locale, 'fr-FR');
});

test('quickstart: --user names the first user, and a $USER that is no user name becomes "me"', async (t) => {
  for (const [args, env, name] of [
    [['--user', 'Carol'], {}, 'carol'],
    [[], { USER: 'a b' }, 'me'],
  ] as const) {
    const data = newPath(t);
    const server = await listening(
      t,
      start(['quickstart', '--data', data, '--listen', '127.0.0.1:0', ...args], { env }),
    );
    assert.match((await stop(server)).out, new RegExp(`the user ${name}\\.`));
  }
});
