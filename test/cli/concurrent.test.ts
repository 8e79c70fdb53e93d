/** Commands that are given at the same time. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { davd, madeFolder, propfind, serving, stop } from './davd.ts';

const COUNT = process.env['DAVD_TEST_LONG'] ? 50 : 12;

/** Adds users with passwords of their own, all at once; the passwords by name. */
async function addMany(data: string): Promise<ReadonlyMap<string, string>> {
  const names = Array.from({ length: COUNT }, (_, i) => `user${10 + i}`);
  const added = await Promise.all(
    names.map((name) => davd(['user', 'add', name, '--generate', '--json', '--data', data])),
  );
  assert.deepEqual(
    added.map(({ code, err }) => [code, err]),
    names.map(() => [0, '']),
  );
  return new Map(added.map(({ out }) => JSON.parse(out)).map(({ name, password }) => [name, password]));
}

async function assertAllThere(t: TestContext, data: string, url: string, users: ReadonlyMap<string, string>) {
  const listed = JSON.parse((await davd(['user', 'list', '--json', '--data', data])).out);
  assert.deepEqual(listed.map(({ name }: { name: string }) => name).sort(), [...users.keys()].sort());
  for (const [name, password] of users) {
    assert.equal(await propfind(`${url}dav/calendars/${name}/default/`, name, password), 207, name);
  }
  t.diagnostic(`${users.size} users`);
}

/** Names in the file as it lies there, of a folder that nobody has open. */
function namesInFile(data: string): readonly string[] {
  const { users } = JSON.parse(readFileSync(join(data, 'users.json'), 'utf8'));
  return users.map(({ user }: { user: { name: string } }) => user.name).sort();
}

test('users added at the same time are all there, and each can log in', async (t) => {
  const data = await madeFolder(t);
  const users = await addMany(data);
  assert.deepEqual(namesInFile(data), [...users.keys()].sort());
  const { url } = await serving(t, data);
  await assertAllThere(t, data, url, users);
});

test('users added at the same time beside a running server are all there, and each can log in', async (t) => {
  const data = await madeFolder(t);
  const server = await serving(t, data);
  const users = await addMany(data);
  await assertAllThere(t, data, server.url, users);
  await stop(server);
  assert.deepEqual(namesInFile(data), [...users.keys()].sort());
});
