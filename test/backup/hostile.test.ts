/** Backups that are damaged, or made by somebody who means harm: one sentence, and nothing is written anywhere. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Refused } from '../../src/admin/refused.ts';
import { openTestServer } from '../server.ts';
import { Random } from '../store/random.ts';
import {
  archiveOf,
  backUp,
  begin,
  type Entry,
  end,
  marker,
  restore,
  scratch,
  settings,
  tarOf,
} from './made.ts';

const file = (name: string, text = 'x'): Entry => [{ name }, text];
const other = (type: string, name: string, more: object = {}): Entry => [{ name, type, ...more } as Entry[0]];
const ZEROS = Buffer.alloc(40 * 1024 * 1024);

const ARCHIVES: readonly [what: string, entries: readonly Entry[], sentence: RegExp][] = [
  ['a way up', [begin(), file('../outside')], /leads out of the folder/],
  ['a way up in the middle', [begin(), file('files/../../outside')], /leads out of the folder/],
  ['a dot', [begin(), file('journal/./00000001.journal')], /leads out of the folder/],
  ['an absolute path', [begin(), file('/tmp/davd-outside')], /leads out of the folder/],
  [
    'a way up in an extended header',
    [begin(), [{ name: 'x', pax: { path: '../outside' } }, 'x']],
    /leads out/,
  ],
  ['a symbolic link', [begin(), other('symlink', 'journal', { linkname: '/tmp' })], /no plain file/],
  ['a hard link', [begin(), other('link', 'davd.json', { linkname: '/etc/passwd' })], /no plain file/],
  ['a folder', [begin(), other('directory', 'journal')], /no plain file/],
  ['a device', [begin(), other('character-device', 'journal/catalog')], /no plain file/],
  ['a pipe', [begin(), other('fifo', 'journal/catalog')], /no plain file/],
  ['a file of another program', [begin(), file('lock')], /"lock" in it is not davd's/],
  ['another file in journal/', [begin(), file('journal/00000001.journal.sh')], /is not davd's/],
  ['a file twice', [begin({ files: 3 }), settings, settings, marker, end], /"davd.json" is in it twice/],
  ['more files than it says', [begin({ files: 1 }), settings, marker, end], /more in it than it says/],
  ['more octets than it says', [begin({ octets: 20 }), settings, marker, end], /more in it than it says/],
  ['a file after its end', [begin(), settings, marker, end, file('users.json')], /more in it than it says/],
  ['fewer files than it says', [begin({ files: 3 }), settings, marker, end], /ends too early/],
  ['no end', [begin(), settings, marker], /ends too early/],
  ['no beginning', [settings, marker, end], /is not a backup of davd/],
  ['a beginning that is no JSON', [file('backup.json', '{')], /is not a backup of davd/],
  ['odd numbers', [begin({ octets: -1 })], /is not a backup of davd/],
  ['a later format', [begin({ format: 2, davd: '9.0.0' })], /a later davd \(9\.0\.0\) wrote it/],
  ['a promise of more than there is room', [begin({ octets: 2 ** 52 }), settings], /too little room at/],
  [
    'other numbers than it has',
    [begin({ objects: 7 }), settings, marker, end],
    /says that it has 7 objects, and there are 0/,
  ],
  ['no store', [begin({ files: 1 }), settings, end], /there is no store in it/],
  [
    'a store of a later davd',
    [begin(), settings, file('files/.davd.json', '{"format":9,"store":"x"}'), end],
    /later davd wrote it/,
  ],
];
for (const [what, entries, sentence] of ARCHIVES) {
  test(`a backup with ${what} is refused`, async (t) => refused(t, await archiveOf(entries), sentence));
}

const BYTES: readonly [what: string, bytes: () => Promise<Buffer> | Buffer, sentence: RegExp][] = [
  ['nothing', () => Buffer.alloc(0), /ends too early/],
  ['text', () => Buffer.from('hello, world'), /is not a backup of davd/],
  [
    'a tar file that is not compressed',
    () => tarOf([begin(), settings, marker, end]),
    /is not a backup of davd/,
  ],
  ['compressed nonsense', () => gzipSync(Buffer.alloc(4096, 'x')), /is damaged/],
  ['zeros', () => gzipSync(ZEROS), /more in it than it says/],
  [
    'zeros after its end',
    async () => gzipSync(Buffer.concat([await tarOf([begin(), settings, marker, end]), ZEROS])),
    /more in it than it says/,
  ],
  [
    'a beginning that never ends',
    async () => {
      const header = (await tarOf([file('backup.json', 'x'.repeat(600))])).subarray(0, 512);
      return gzipSync(Buffer.concat([header, ZEROS]));
    },
    /is not a backup of davd|is damaged/,
  ],
];
for (const [what, bytes, sentence] of BYTES) {
  test(`${what} instead of a backup is refused`, async (t) => refused(t, await bytes(), sentence));
}

test('the least backup there is makes a data folder', async (t) => {
  const data = join(await scratch(t), 'data');
  await restore(await archiveOf([begin(), settings, marker, end]), data);
  assert.ok(readdirSync(data).includes('davd.json'));
});

test('a folder in which something is stays as it is', async (t) => {
  const data = join(await scratch(t), 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'mine'), 'mine');
  const archive = await archiveOf([begin(), settings, marker, end]);
  await assert.rejects(
    restore(archive, data),
    (error) => error instanceof Refused && /something is there/.test(error.message),
  );
  assert.deepEqual(readdirSync(data), ['mine']);
});

test('a backup that is cut or changed anywhere is refused, or restored whole', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  const folder = await scratch(t);
  const whole = join(folder, 'whole.tar.gz');
  const { users } = await backUp(server.data, server.app.store, whole);
  const bytes = readFileSync(whole);
  const seed = Number(process.env['DAVD_TEST_SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`DAVD_TEST_SEED=${seed}`);
  const random = new Random(seed);
  const rounds = process.env['DAVD_TEST_LONG'] ? 300 : 16;
  for (let round = 0; round < rounds; round++) {
    const at = random.below(bytes.length);
    const changed = Buffer.from(bytes);
    changed.writeUInt8((bytes.readUInt8(at) ^ (1 << random.below(8))) & 0xff, at);
    const cut = round % 2 === 0;
    const data = join(folder, `data${round}`);
    const outcome = await restore(cut ? bytes.subarray(0, at) : changed, data).catch(
      (error: unknown) => error,
    );
    if (outcome instanceof Error) {
      assert.equal(outcome.name, 'Refused', `octet ${at}: ${outcome.message}`);
      assert.equal(existsSync(data), false);
    } else {
      assert.ok(!cut, `cut at ${at}`);
      assert.equal((outcome as { users: number }).users, users);
    }
  }
});

async function refused(t: TestContext, archive: Buffer, sentence: RegExp): Promise<void> {
  const folder = await scratch(t);
  const data = join(folder, 'inner', 'data');
  mkdirSync(join(folder, 'inner'));
  await assert.rejects(restore(archive, data), (error) => {
    assert.ok(error instanceof Refused, String(error));
    assert.match(error.message, sentence);
    return true;
  });
  assert.deepEqual(readdirSync(folder, { recursive: true }), ['inner']);
  assert.equal(existsSync('/tmp/davd-outside'), false);
}
