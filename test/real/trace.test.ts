/** What `davd trace` writes of vdirsyncer at work can be had again with a new server, and says nothing about anybody. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { davd, madeFolder, serving, start, stop } from '../cli/davd.ts';
import { readConversation, type Variables } from '../clients/conversation.ts';
import { converse } from '../clients/converse.ts';
import { openTestServer } from '../server.ts';
import { contacts, events } from './items.ts';
import { hasVdirsyncer, Replica } from './replica.ts';

const skip = !hasVdirsyncer() && 'vdirsyncer is not installed: apt-get install vdirsyncer';

test('a traced run of vdirsyncer replays, and holds no name, text, address or secret', {
  skip,
}, async (t) => {
  const data = await madeFolder(t);
  const at = ['--data', data];
  await davd(['user', 'add', 'jacqueline', '--email', 'jacqueline@dubois.example', '--generate', ...at]);
  const device = await davd(['device', 'add', 'jacqueline', 'Lapinou', '--json', ...at]);
  const { password } = JSON.parse(device.out);
  const server = await serving(t, data);
  const folder = mkdtempSync(join(tmpdir(), 'davd-trace-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'trace.http');
  const tracing = start(['trace', '--device', 'Lapinou', '-o', file, ...at]);
  t.after(() => stop(tracing));
  await tracing.said(/^Tracing/m, 'err');

  const replica = new Replica(mkdtempSync(join(folder, 'replica-')), {
    url: server.url,
    user: 'jacqueline',
    password,
  });
  const [one, two, ...others] = events(12);
  assert.ok(one && two);
  for (const item of [one, two, ...others]) replica.write('calendars', item);
  const people = contacts(6);
  for (const item of people) replica.write('contacts', item);
  await replica.discover();
  await replica.sync();
  replica.write('calendars', { ...one, text: one.text.replace('SUMMARY:', 'SUMMARY:Autrement ') });
  replica.remove('calendars', two.uid);
  await replica.sync();
  const { code, out } = await stop(tracing);
  assert.equal(code, 0);
  assert.match(out, /^\d+ requests written to /);

  const text = readFileSync(file, 'utf8');
  const secrets = [
    password,
    'jacqueline',
    'dubois',
    'Lapinou',
    '127.0.0.1',
    new URL(server.url).port,
    'example.com',
  ];
  const said = [one, ...others, ...people].flatMap(({ uid, text: item }) => [uid, ...wordsIn(item)]);
  assert.ok(said.length > 40);
  for (const secret of [...secrets, ...said]) assert.ok(!text.includes(secret), secret);

  const { steps } = readConversation(text);
  assert.ok(
    steps.some(({ text: step }) => /^if-match: \{\{etag\d+\}\}$/im.test(step)),
    'etags are learned',
  );
  const fresh = await openTestServer();
  t.after(() => fresh.close());
  const variables: Variables = new Map();
  for (const step of steps) await converse(fresh, step, new Map(), variables, file);
  assert.ok(steps.length > 30, `${steps.length} steps`);
});

/** What people wrote into an object. */
function wordsIn(item: string): readonly string[] {
  const values = item.match(/^(?:SUMMARY|DESCRIPTION|FN|N|EMAIL|TEL|ADR|NOTE|LOCATION)[^:]*:.*$/gm) ?? [];
  return values.flatMap((line) => line.slice(line.indexOf(':')).match(/\p{L}{4,}/gu) ?? []);
}
