import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Administration } from '../../../src/admin/administration.ts';
import { listHistory } from '../../../src/admin/past/history.ts';
import { undo } from '../../../src/admin/past/undo.ts';
import { calendarFacts } from '../../../src/model/calendar-object.ts';
import { initFlatStore, openFlatStore } from '../../../src/store/flat/open.ts';
import { event } from '../../objects.ts';
import { made } from '../../store/contract.ts';

test('an object packed long ago and edited away on disk comes back byte for byte, in the store and on disk', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'davd-compacted-'));
  t.after(() => rm(folder, { recursive: true }));
  await initFlatStore(folder);
  const open = (days: number) =>
    openFlatStore({
      folder,
      factsOf: (_, bytes) => calendarFacts(bytes),
      segmentSize: 4000,
      history: { days, maxBytes: 0 },
    });
  let store = await open(0);
  const calendar = await made(store, 'ann');
  for (let i = 0; i < 20; i++) {
    const bytes = Buffer.from(event(`${i}`, { padding: 500 }));
    const facts = calendarFacts(bytes);
    await store.commit([{ do: 'put', collection: calendar.id, name: `${i}.ics`, bytes, facts }]);
  }
  await store.compact();
  await store.compact();
  // Nothing tells of the object any more: its bytes are in the base file alone.
  for await (const page of store.history({ of: [calendar.id], member: '3.ics' })) assert.deepEqual(page, []);
  await store.close();

  const file = join(folder, 'files/ann/calendars/default/3.ics');
  const before = await readFile(file, 'utf8');
  await writeFile(file, event('3', { summary: 'Edited away' }));
  store = await open(30);
  await store.settled();
  const on = { store } as unknown as Administration;
  const { rows } = await listHistory(on, { path: 'ann/default/3.ics' });
  assert.deepEqual(
    rows.map(({ what, client, title }) => [what, client, title]),
    [['changed', 'edit on disk', 'Edited away']],
  );
  const { done } = await undo(on, { changes: [rows[0]?.id ?? ''] });
  assert.deepEqual(
    done.map((item) => item.done),
    ['changed back'],
  );
  for await (const [content] of store.read(calendar, ['3.ics'])) {
    assert.equal(Buffer.from(content?.bytes ?? []).toString(), before);
  }
  await store.settled();
  assert.equal(await readFile(file, 'utf8'), before);
  await store.close();
});
