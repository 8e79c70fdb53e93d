/** A store that another davd has worked on, an earlier or a later one. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openFlatStore, StoreError } from '../../src/store/flat/open.ts';
import { STATE_FORMAT } from '../../src/store/flat/state-index.ts';
import { changesOf, factsOf, made, membersOf, put } from './contract.ts';
import { asLines } from './saved-rows.ts';
import { tempStore } from './temp.ts';

const EARLIER = STATE_FORMAT - 1;
const LATER = STATE_FORMAT + 1;

describe('a state of another format', () => {
  let folder: string;
  let end: () => Promise<void>;
  let index: string;
  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    index = path.join(folder, 'state', 'index');
    const store = await openFlatStore({ folder, factsOf });
    await store.close();
  });
  afterEach(() => end());

  /** The index as a davd with that format would have left it. */
  function rewrite(format: number, change: (text: string) => string = (text) => text): string {
    const text = readFileSync(index, 'utf8').replace(`"format":${STATE_FORMAT}`, `"format":${format}`);
    const body = change(text.slice(0, text.lastIndexOf('{"sum":')));
    const sum = createHash('sha256').update(body).digest('hex');
    writeFileSync(index, `${body}${JSON.stringify({ sum })}\n`);
    return readFileSync(index, 'utf8');
  }

  it('a later one is refused in a sentence, and nothing is changed', async () => {
    const left = rewrite(LATER);
    await assert.rejects(openFlatStore({ folder, factsOf }), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, 'newer');
      const formats = `(format ${LATER}, this one knows ${STATE_FORMAT})`;
      assert.ok(error.message.includes(`a later davd saved its state ${formats}`));
      assert.ok(!error.message.includes('\n'));
      return true;
    });
    assert.equal(readFileSync(index, 'utf8'), left);
  });

  it('an earlier one is read, and kept as it was', async () => {
    const before = await openFlatStore({ folder, factsOf });
    const calendar = await made(before, 'ann');
    await before.commit([
      put(calendar, 'a.ics', 'a'),
      put(calendar, '日.ics', 'b'),
      put(calendar, 'c.ics', 'c'),
    ]);
    const { token } = await changesOf(before, calendar, null);
    await before.commit([{ do: 'delete', collection: calendar.id, name: 'c.ics' }]);
    const members = await membersOf(before, calendar);
    await before.checkpoint();
    await before.close();
    const sizes = asLines(path.join(folder, 'state'));
    const left = rewrite(EARLIER, (text) =>
      text.replaceAll(/"collection":\{"id":"([^"]+)".*/g, (line, id) =>
        line.replace(/"octets":\d+/, `"octets":${sizes.get(`${id}.1.rows`) ?? 0}`),
      ),
    );
    for (const opening of [1, 2]) {
      const store = await openFlatStore({ folder, factsOf });
      assert.deepEqual(await membersOf(store, calendar), members, `opening ${opening}`);
      const { names, removed } = await changesOf(store, calendar, token);
      assert.deepEqual([names, removed], [[], ['c.ics']], `opening ${opening}`);
      await store.close();
    }
    assert.equal(readFileSync(path.join(folder, `state.format-${EARLIER}`, 'index'), 'utf8'), left);
    assert.equal(JSON.parse(readFileSync(index, 'utf8').split('\n')[0] ?? '').format, STATE_FORMAT);
  });

  it('the same one leaves nothing beside it', async () => {
    await (await openFlatStore({ folder, factsOf })).close();
    assert.equal(existsSync(path.join(folder, `state.format-${STATE_FORMAT}`)), false);
  });
});
