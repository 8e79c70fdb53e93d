/** A store that another davd has worked on, an earlier or a later one. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openFlatStore, StoreError } from '../../src/store/flat/open.ts';
import { factsOf } from './contract.ts';
import { tempStore } from './temp.ts';

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
  function rewrite(format: number): string {
    const text = readFileSync(index, 'utf8').replace('"format":1', `"format":${format}`);
    const body = text.slice(0, text.lastIndexOf('{"sum":'));
    const sum = createHash('sha256').update(body).digest('hex');
    writeFileSync(index, `${body}${JSON.stringify({ sum })}\n`);
    return readFileSync(index, 'utf8');
  }

  it('a later one is refused in a sentence, and nothing is changed', async () => {
    const left = rewrite(2);
    await assert.rejects(openFlatStore({ folder, factsOf }), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, 'newer');
      assert.match(error.message, /a later davd saved its state \(format 2, this one knows 1\)[^\n]*$/);
      return true;
    });
    assert.equal(readFileSync(index, 'utf8'), left);
  });

  it('an earlier one is read, and kept as it was', async () => {
    const epoch = JSON.parse(readFileSync(index, 'utf8').split('\n')[0] ?? '').epoch;
    const left = rewrite(0);
    const store = await openFlatStore({ folder, factsOf });
    await store.close();
    assert.equal(readFileSync(path.join(folder, 'state.format-0', 'index'), 'utf8'), left);
    const head = JSON.parse(readFileSync(index, 'utf8').split('\n')[0] ?? '');
    assert.deepEqual([head.format, head.epoch], [1, epoch]);
  });

  it('the same one leaves nothing beside it', async () => {
    await (await openFlatStore({ folder, factsOf })).close();
    assert.equal(existsSync(path.join(folder, 'state.format-1')), false);
  });
});
