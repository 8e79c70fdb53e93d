/** A device from its password to its end, as the server and its commands see it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { card, event } from '../objects.ts';
import { madeFolder, serving, start, stop } from './davd.ts';
import { openShell } from './shell.ts';

const SYNC =
  '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>';
const PASSWORD = 'secret-alice-1';

test('a device is added, used, seen to fall behind, renamed and revoked', async (t) => {
  const data = await madeFolder(t);
  const server = await serving(t, data, []);
  const shell = openShell(t, { env: { DAVD_DATA: data } });
  const json = async (...args: string[]) => JSON.parse((await shell.run([...args, '--json'])).out);
  await shell.run(['user', 'add', 'alice', '--password-stdin'], `${PASSWORD}\n`);
  const { password } = await json('device', 'add', 'alice', 'iPhone');
  assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);

  const send = (secret: string, method: string, path: string, body?: string) =>
    fetch(`${server.url}dav/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}`,
        'content-type': method === 'PUT' ? 'text/calendar' : 'text/xml',
        'user-agent': secret === PASSWORD ? 'laptop/1' : 'iOS/18.0 dataaccessd/1.0',
      },
      ...(body !== undefined && { body }),
    });
  const put = async (path: string, text: string, secret = PASSWORD): Promise<void> => {
    const { status } = await send(secret, 'PUT', path, text);
    assert.ok(status === 201 || status === 204, `${status}`);
  };

  for (const name of ['a', 'b', 'c']) await put(`calendars/alice/default/${name}.ics`, event(name));
  assert.deepEqual((await json('device', 'list'))[0].collections, []);
  assert.equal((await send(password, 'REPORT', 'calendars/alice/default/', SYNC)).status, 207);
  const [fresh] = await json('device', 'list', 'alice');
  assert.deepEqual(fresh.collections, [{ collection: 'calendars/default', behind: 0 }]);
  assert.equal(fresh.client, 'iOS/18.0 dataaccessd/1.0');
  assert.equal(fresh.address, '127.0.0.1');
  assert.equal(fresh.error, null);

  for (const name of ['d', 'e', 'f', 'g', 'h']) await put(`calendars/alice/default/${name}.ics`, event(name));
  await put('calendars/alice/default/a.ics', event('a', { summary: 'Changed' }));
  assert.equal((await send(PASSWORD, 'DELETE', 'calendars/alice/default/b.ics')).status, 204);
  assert.equal((await send(password, 'PUT', 'calendars/alice/default/x.ics', 'nonsense')).status, 403);
  const behind = await json('device', 'list', 'alice');
  assert.deepEqual(behind[0].collections, [{ collection: 'calendars/default', behind: 7 }]);
  assert.match(behind[0].error.what, /^PUT \/dav\/calendars\/alice\/default\/x\.ics: 403$/);
  assert.match(
    (await shell.run(['device', 'list'])).out,
    /alice {2}iPhone {2}iOS\/18.* 7 in calendars\/default\nLast error of alice\/iPhone, .*PUT .*: 403\n/,
  );

  await shell.run(['device', 'rename', 'alice', 'iphone', 'Phone']);
  assert.equal((await send(password, 'OPTIONS', '')).status, 200);
  assert.match((await shell.run(['user', 'list'])).out, /alice .* 1 {2}20\d\d-/);

  await stop(server);
  const [kept] = await json('device', 'list', 'alice');
  assert.deepEqual({ ...kept, seen: '' }, { ...behind[0], device: 'Phone', seen: '' });
  const again = await serving(t, data);
  const status = (secret: string) =>
    fetch(`${again.url}dav/`, {
      method: 'OPTIONS',
      headers: { authorization: `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}` },
    }).then((reply) => reply.status);
  assert.equal(await status(password), 200);
  await shell.run(['device', 'revoke', 'alice', 'phone']);
  assert.equal(await status(password), 401);
  assert.equal(await status(PASSWORD), 200);
  const set = await shell.run(['config', 'set', 'auth.devicesOnly', 'on']);
  assert.equal(set.out, 'auth.devicesOnly is true now.\n');
  assert.equal(await status(PASSWORD), 401);
});

test('tail shows a line for each request, with its user and device, and no secret', async (t) => {
  const data = await madeFolder(t);
  const { url } = await serving(t, data);
  const shell = openShell(t, { env: { DAVD_DATA: data } });
  await shell.run(['user', 'add', 'alice', '--password-stdin'], `${PASSWORD}\n`);
  await shell.run(['user', 'add', 'bob', '--password-stdin'], 'secret-bob-1\n');
  const { password } = JSON.parse((await shell.run(['device', 'add', 'alice', 'iPhone', '--json'])).out);
  const tail = start(['tail', '--device', 'iphone', '--data', data]);
  t.after(() => stop(tail));
  const put = (user: string, secret: string) =>
    fetch(`${url}dav/addressbooks/${user}/default/x.vcf`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` },
      body: card('x'),
    });
  let said = false;
  const line = tail.said(/^.*PUT.*$/m).finally(() => {
    said = true;
  });
  while (!said) {
    await put('bob', 'secret-bob-1');
    await put('alice', password);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.match(
    (await line)[0],
    /^[\d:]{8} {2}alice\/iPhone {2}PUT {2}\/dav\/addressbooks\/alice\/default\/x\.vcf {2}20[14] {2}\d+ ms {2}127\.0\.0\.1/,
  );
  const { out, code } = await stop(tail);
  assert.equal(code, 0);
  assert.doesNotMatch(out, /bob|secret|BEGIN/);
  assert.ok(!out.includes(password));
});
