import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openFlatStore } from '../../src/store/flat/open.ts';
import { made, object } from './contract.ts';
import { textFacts } from './crash-model.ts';
import { newStore } from './crash-session.ts';
import { DiskState, type NodeId } from './disk-state.ts';
import { failing, SimulatedDisk } from './simulated-disk.ts';

const FOLDER = '/data';
const FILE = '/data/files/ann/calendars/default/a.ics';
const TEXT = 'BEGIN a\ntext\nEND\n';

/** Its process is killed when the disk has failed to keep something. */
class Failing extends SimulatedDisk {
  left: DiskState | undefined;

  override async sync(node: NodeId, file: string, from: number, to: number): Promise<void> {
    try {
      await super.sync(node, file, from, to);
    } catch (error) {
      this.left = this.state.clone();
      throw error;
    }
  }
}

describe('a file that the disk failed to keep', () => {
  it('is written anew by the next process, which sees it as it should be', async () => {
    const options = { folder: FOLDER, factsOf: textFacts };
    const disk = new Failing(await newStore());
    const store = await openFlatStore({ ...options, disk });
    const { id } = await made(store, 'ann');
    const facts = { ...object('a').facts, uid: 'a' };
    await store.commit([{ do: 'put', collection: id, name: 'a.ics', bytes: Buffer.from(TEXT), facts }]);
    await store.settled();
    const fails = failing('EIO', 0, 1);
    disk.fault = (operation, file, nth) =>
      operation === 'sync' && file === FILE ? fails(operation, file, nth) : undefined;
    await assert.rejects(store.checkpoint());
    await store.close();

    const next = new SimulatedDisk(disk.left);
    const again = await openFlatStore({ ...options, disk: next });
    await again.settled();
    await again.close();
    const nothing = { name: () => false, meta: () => 0, sector: () => false };
    const last = new SimulatedDisk(new DiskState(next.state.afterPowerCut(nothing)));
    assert.equal(String(await last.readFile(FILE)), TEXT);
  });
});
