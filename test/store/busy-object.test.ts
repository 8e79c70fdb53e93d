import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { it } from 'node:test';
import { openFlatStore } from '../../src/store/flat/open.ts';
import { factsOf, made, put } from './contract.ts';
import { tempStore } from './temp.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const MEGABYTE = 1_000_000;
const TIMES = LONG ? 20_000 : 120;
const LIMIT = (LONG ? 256 : 48) * MEGABYTE;

it(`a history of ${LIMIT / MEGABYTE} MB stands an object of 1 MB rewritten ${TIMES} times`, async (t) => {
  const { folder, end } = await tempStore();
  const store = await openFlatStore({ folder, factsOf, history: { days: 30, maxBytes: LIMIT } });
  const calendar = await made(store, 'ann');
  const journal = path.join(folder, 'journal');
  const octets = async () => {
    let sum = 0;
    for (const name of await readdir(journal)) {
      if (/\.(journal|past)$/.test(name))
        sum += (await stat(path.join(journal, name)).catch(() => undefined))?.size ?? 0;
    }
    return sum;
  };
  let largest = 0;
  for (let i = 0; i < TIMES; i++) {
    await store.commit([put(calendar, 'busy.ics', 'busy', randomBytes(MEGABYTE / 2).toString('hex'))]);
    if (i % 20 === 0) largest = Math.max(largest, await octets());
  }
  t.diagnostic(`the journal had ${Math.round(largest / MEGABYTE)} MB at most`);
  assert.ok(largest < LIMIT, `${largest}`);
  await store.close();
  await end();
});
