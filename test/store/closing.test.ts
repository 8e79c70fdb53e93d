import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Disk } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { openFlatStore } from '../../src/store/flat/open.ts';
import { factsOf, made, put } from './contract.ts';
import { tempStore } from './temp.ts';

/** ms for which a slow disk is waited for. */
const SLOW = 300;
const FILES = 10;

it('closing waits for files to be safe, so that the next opening writes none of them anew', async () => {
  const { folder, end } = await tempStore();
  const slow: Disk = {
    ...nodeDisk,
    async syncFile(file) {
      if (file.endsWith('.ics')) await sleep(SLOW);
      return nodeDisk.syncFile(file);
    },
  };
  const store = await openFlatStore({ folder, factsOf, disk: slow });
  const calendar = await made(store, 'ann');
  await store.commit(Array.from({ length: FILES }, (_, i) => put(calendar, `${i}.ics`, `${i}`)));
  await store.close();

  const written: string[] = [];
  const watched: Disk = {
    ...nodeDisk,
    writeFile(file, bytes, mode) {
      if (file.includes('.ics')) written.push(file);
      return nodeDisk.writeFile(file, bytes, mode);
    },
  };
  const again = await openFlatStore({ folder, factsOf, disk: watched });
  await again.settled();
  await again.close();
  assert.deepEqual(written, []);
  await end();
});
