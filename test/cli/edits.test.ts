/** What a person does to files/ while the server runs, as clients and `davd status` see it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { event } from '../objects.ts';
import { davd, madeFolder, type Serving, serving, stop } from './davd.ts';

/** ms. An edit is to be seen within 3 s on a machine that has time. */
const PATIENCE = 60_000;
const PASSWORD = 'secret-alice-1';

/** A server with a calendar of alice's, as her device and her editor see it. */
class Desk {
  readonly data: string;
  readonly folder: string;
  #server: Serving;

  private constructor(data: string, server: Serving) {
    this.data = data;
    this.folder = join(data, 'files/alice/calendars/default');
    this.#server = server;
  }

  static async open(t: TestContext, names: readonly string[]): Promise<Desk> {
    const data = await madeFolder(t);
    const server = await serving(t, data);
    await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: PASSWORD });
    const desk = new Desk(data, server);
    for (const name of names) assert.equal((await desk.put(`${name}.ics`, event(name))).status, 201);
    await until('the files are written', () => desk.files().length === names.length);
    return desk;
  }

  async restarted(t: TestContext, meanwhile: () => Promise<void>): Promise<void> {
    await stop(this.#server);
    await meanwhile();
    this.#server = await serving(t, this.data);
  }

  files(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('.ics'));
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  send(method: string, name: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`;
    return fetch(`${this.#server.url}dav/calendars/alice/default/${name}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body }),
    });
  }

  put(name: string, body: string): Promise<Response> {
    return this.send('PUT', name, body);
  }

  async text(name: string): Promise<string> {
    const reply = await this.send('GET', name);
    assert.equal(reply.status, 200, name);
    return reply.text();
  }

  /** What a device learns since its last look: names with the status or etag they have. */
  async since(token: string): Promise<{ readonly told: readonly string[]; readonly token: string }> {
    const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
    const answer = await (await this.send('REPORT', '', body, { 'content-type': 'application/xml' })).text();
    const told = [...answer.matchAll(/<(?:\w+:)?response>.*?<\/(?:\w+:)?response>/gs)].map(([one]) => {
      const name = /default\/([^<]+)</.exec(one)?.[1] ?? '';
      return /404/.test(one) ? `${name} gone` : name;
    });
    return { told: told.sort(), token: /sync-token>([^<]+)</.exec(answer)?.[1] ?? '' };
  }

  davd(...args: string[]) {
    return davd([...args, '--data', this.data]);
  }

  async warnings(): Promise<readonly string[]> {
    const { out } = await this.davd('status', '--json');
    const { warnings } = JSON.parse(out) as { warnings: { about: string; text: string }[] };
    return warnings.filter(({ about }) => about === 'files').map(({ text }) => text);
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE; !(await holds()); await sleep(50))
    assert.ok(performance.now() < end, what);
}

function sed(expression: string, file: string): void {
  execFileSync('sed', ['-i', expression, file]);
}

/** As `sed`; where the server writes at the same time there is an instant without a file, and whoever meets it tries again. */
async function sedBeside(expression: string, file: string): Promise<void> {
  await until('there is a file', () => {
    try {
      sed(expression, file);
      return true;
    } catch (error) {
      if (!/No such file/.test(String(error))) throw error;
      return false;
    }
  });
}

test('what an editor does to files is what devices get at their next sync, and nothing else', async (t) => {
  const desk = await Desk.open(t, ['one', 'two', 'three', 'four']);
  const { token } = await desk.since('');
  sed('s/^SUMMARY:.*/SUMMARY:By hand/', desk.file('one.ics'));
  await until('the change is told', async () => (await desk.since(token)).told.length > 0);
  const changed = await desk.since(token);
  assert.deepEqual(changed.told, ['one.ics']);
  assert.match(await desk.text('one.ics'), /SUMMARY:By hand/);

  rmSync(desk.file('two.ics'));
  renameSync(desk.file('three.ics'), desk.file('moved.ics'));
  writeFileSync(desk.file('new.ics'), event('new'));
  const wanted = ['moved.ics', 'new.ics', 'three.ics gone', 'two.ics gone'];
  await until('all is told', async () => (await desk.since(changed.token)).told.length >= wanted.length);
  assert.deepEqual((await desk.since(changed.token)).told, wanted);
  const { out } = await desk.davd('history', 'alice');
  assert.match(out, /edit on disk/);

  const before = await desk.since('');
  await desk.restarted(t, async () =>
    sed('s/^SUMMARY:.*/SUMMARY:While it was stopped/', desk.file('four.ics')),
  );
  await until('it is told', async () => (await desk.since(before.token)).told.length > 0);
  assert.deepEqual((await desk.since(before.token)).told, ['four.ics']);
});

test('a broken edit is in the status with its file and line, and the last good bytes are served', async (t) => {
  const desk = await Desk.open(t, ['one']);
  const { token } = await desk.since('');
  const good = await desk.text('one.ics');
  sed('3s/.*/this is no property/', desk.file('one.ics'));
  const broken = readFileSync(desk.file('one.ics'), 'utf8');
  await until('the status says it', async () => (await desk.warnings()).length > 0);
  const [warning = ''] = await desk.warnings();
  assert.match(warning, /^"files\/alice\/calendars\/default\/one\.ics": line 3 /);
  assert.equal(await desk.text('one.ics'), good);
  assert.equal(readFileSync(desk.file('one.ics'), 'utf8'), broken);
  assert.deepEqual((await desk.since(token)).told, []);

  writeFileSync(desk.file('one.ics'), good.replace(/SUMMARY:.*/, 'SUMMARY:Mended\r'));
  await until('it is taken', async () => (await desk.since(token)).told.length > 0);
  assert.match(await desk.text('one.ics'), /SUMMARY:Mended/);
  assert.deepEqual(await desk.warnings(), []);
});

test('while files are edited and clients write, GET sends no bytes that differ from its ETag', async (t) => {
  const desk = await Desk.open(t, ['one']);
  const bytes = new Map<string, string>();
  let over = false;
  const reading = (async () => {
    while (!over) {
      const reply = await desk.send('GET', 'one.ics');
      const text = await reply.text();
      assert.equal(reply.status, 200);
      const etag = reply.headers.get('etag') ?? '';
      assert.equal(etag, `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`);
      bytes.set(etag, text);
    }
  })();
  for (let i = 0; i < 40; i++) {
    const text = event('one', { summary: `Edit ${i}` });
    // In place, as a file that is replaced, and half of it first.
    if (i % 3 === 0) await sedBeside(`s/^SUMMARY:.*/SUMMARY:Edit ${i}/`, desk.file('one.ics'));
    else if (i % 3 === 1) writeFileSync(desk.file('one.ics'), text);
    else {
      writeFileSync(desk.file('one.ics'), text.slice(0, text.length / 2));
      writeFileSync(desk.file('one.ics'), text);
    }
    if (i % 5 === 0) await desk.put('one.ics', event('one', { summary: `Client ${i}` }));
    await sleep(i % 10 === 0 ? 700 : 20);
  }
  // Who edits what a client has just written loses: the edit is in the history alone.
  await until(
    'file and server agree',
    async () => readFileSync(desk.file('one.ics'), 'utf8') === (await desk.text('one.ics')),
  );
  writeFileSync(desk.file('one.ics'), event('one', { summary: 'The last' }));
  await until('the last counts', async () => /The last/.test(await desk.text('one.ics')));
  over = true;
  await reading;
  assert.ok(bytes.size > 2, 'several versions were seen');
});

test('deletions of many files wait for a decision, with the server running and stopped', async (t) => {
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const desk = await Desk.open(t, names);
  await desk.davd('config', 'set', 'guard.items', '5');
  const { token } = await desk.since('');
  const remove = () => {
    for (const name of names.slice(0, 12)) rmSync(desk.file(`${name}.ics`), { force: true });
  };
  remove();
  await until('the status says it', async () => (await desk.warnings()).length > 0);
  assert.match((await desk.warnings())[0] ?? '', /^12 of 20 files of alice\/calendars\/default are gone/);
  assert.deepEqual((await desk.since(token)).told, []);
  assert.match(await desk.text('n0.ics'), /UID:n0/);
  assert.equal((await desk.davd('check')).code, 0);

  const back = await desk.davd('check', '--put-back', 'alice/default');
  assert.deepEqual(
    [back.code, back.err, back.out],
    [0, '', '12 items of alice/calendars/default are written to files/ again.\n'],
  );
  assert.equal(desk.files().length, 20);
  assert.deepEqual(await desk.warnings(), []);
  assert.equal((await desk.davd('check', '--put-back', 'alice/default')).code, 1);

  await desk.restarted(t, async () => {
    remove();
    assert.match((await desk.warnings())[0] ?? '', /^12 of 20 files/);
    const accepted = await desk.davd('check', '--accept-deletions');
    assert.match(accepted.out, /^12 items of alice\/calendars\/default are deleted/);
  });
  assert.equal((await desk.since(token)).told.filter((one) => one.endsWith(' gone')).length, 12);

  const { out } = await desk.davd('history', 'alice/default', '--json');
  const { rows } = JSON.parse(out) as { rows: { id: string; what: string }[] };
  const deleted = rows.filter(({ what }) => what === 'deleted');
  const undone = await desk.davd('undo', ...deleted.map(({ id }) => id));
  assert.deepEqual([undone.code, undone.err], [0, '']);
  await until('all files are there again', () => desk.files().length === 20);
  assert.match(await desk.text('n0.ics'), /UID:n0/);
});

test('a folder that was taken away is served, until it is back or put back', async (t) => {
  const desk = await Desk.open(t, ['one', 'two']);
  const files = join(desk.data, 'files');
  const elsewhere = join(desk.data, '..', 'elsewhere');
  const marker = join(files, '.davd.json');
  const { token } = await desk.since('');

  const unmounted = readFileSync(marker);
  rmSync(marker);
  renameSync(desk.folder, elsewhere);
  await until('files/ is missed', async () => (await desk.warnings()).length > 0);
  assert.match((await desk.warnings()).join('\n'), /\.davd\.json is missing/);
  assert.equal((await desk.put('three.ics', event('three'))).status, 201);
  assert.match(await desk.text('one.ics'), /UID:one/);
  renameSync(elsewhere, desk.folder);
  writeFileSync(marker, unmounted);
  await until('what was written meanwhile is there', () => desk.files().includes('three.ics'));
  await until('nothing is wrong', async () => (await desk.warnings()).length === 0);
  assert.deepEqual((await desk.since(token)).told, ['three.ics']);

  rmSync(desk.folder, { recursive: true });
  await until('the folder is missed', async () => (await desk.warnings()).length > 0);
  assert.match((await desk.warnings())[0] ?? '', /^the folder of alice\/calendars\/default is gone/);
  assert.equal((await desk.davd('check', '--put-back')).code, 0);
  assert.deepEqual(desk.files().sort(), ['one.ics', 'three.ics', 'two.ics']);
  assert.deepEqual((await desk.since(token)).told, ['three.ics']);
});
