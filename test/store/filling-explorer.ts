import assert from 'node:assert/strict';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, made, membersOf, put, refusal } from './contract.ts';
import { pastOf } from './contract-history.ts';
import { newStore } from './crash-session.ts';
import type { DiskState } from './disk-state.ts';
import { Random } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { Restart } from './simulated-time.ts';

/** Octets of an object, and of how much room there is more from one disk to the next. */
const OBJECT = 900;
const STEP = 331;
/** ms after which a store has made its reserve, and sees that there is room again. */
const PATIENCE = 5000;

export interface FillingCounts {
  disks: number;
  puts: number;
  deletions: number;
}

/** A store on a disk that has a little room. */
class FillingDisk {
  readonly counts: FillingCounts;
  #disk: SimulatedDisk;
  #store: FlatStore | undefined;
  #calendar: Collection | undefined;
  readonly #there = new Map<string, string>();

  constructor(state: DiskState, random: Random, counts: FillingCounts) {
    this.#disk = new SimulatedDisk(state.clone(), random);
    this.counts = counts;
  }

  get #opened(): { store: FlatStore; calendar: Collection } {
    assert.ok(this.#store && this.#calendar);
    return { store: this.#store, calendar: this.#calendar };
  }

  /** @param room octets that there are beside the reserve */
  async fill(room: number, reopens: boolean): Promise<void> {
    await this.#open();
    for (let i = 0; i < 8; i++) assert.equal(await this.#put(`${i}.ics`), 'stored');
    await later();
    this.#disk.capacity = this.#disk.state.used + room;
    for (let i = 8; (await this.#put(`${i}.ics`)) === 'stored'; i++) assert.ok(i < 100, 'it never fills');
    await this.#look();
    await this.#goOnWithoutBytes();
    if (reopens) await this.#reopen();
    await this.#goOnWithoutBytes();
    this.#disk.capacity = Infinity;
    await later();
    assert.equal(await this.#put('later.ics'), 'stored');
    await this.#reopen();
    await this.#look();
    await this.#opened.store.close();
    this.counts.disks++;
  }

  async #open(): Promise<void> {
    const store = await openFlatStore({ folder: '/data', disk: this.#disk, factsOf, segmentSize: 4000 });
    this.#store = store;
    this.#calendar ??= await made(store, 'ann');
  }

  async #reopen(): Promise<void> {
    await this.#opened.store.close();
    const { capacity } = this.#disk;
    this.#disk = new SimulatedDisk(this.#disk.state, new Random(1));
    this.#disk.capacity = capacity;
    await this.#open();
  }

  /** Deletions, undoing one, a property, a lock. */
  async #goOnWithoutBytes(): Promise<void> {
    const { store, calendar } = this.#opened;
    const [gone = '', kept = ''] = this.#there.keys();
    const { id: collection } = calendar;
    await store.commit([{ do: 'delete', collection, name: gone }]);
    const [deletion] = await pastOf(store, { member: gone });
    const [change] = deletion?.changes ?? [];
    assert.ok(change?.of === 'member' && change.before);
    await store.commit([{ do: 'recall', collection, name: gone, version: change.before }]);
    await store.commit([{ do: 'delete', collection, name: gone }]);
    this.#there.delete(gone);
    const more: Change[] = [
      { do: 'patch', target: { of: 'member', collection, name: kept }, set: { '{x:}seen': 'yes' } },
    ];
    await store.commit(more);
    this.counts.deletions++;
    await this.#look();
  }

  async #put(name: string): Promise<string> {
    const { store, calendar } = this.#opened;
    const text = 'x'.repeat(OBJECT);
    const stored = store.commit([put(calendar, name, name, text)]).then(() => 'stored');
    const result = await stored.catch(async () => (await refusal(stored)).reason);
    if (result === 'stored') {
      this.#there.set(name, `${name}|VEVENT||\n${text}`);
      this.counts.puts++;
    }
    return result;
  }

  async #look(): Promise<void> {
    const { store, calendar } = this.#opened;
    const names = [...this.#there.keys()].sort();
    assert.deepEqual((await membersOf(store, calendar)).map(({ name }) => name).sort(), names);
    assert.deepEqual(
      await bytesOf(store, calendar, ...names),
      names.map((name) => this.#there.get(name)),
    );
  }
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE));
}

/** Fills disks that have more and more room. @throws AssertionError what is wrong with one */
export async function exploreFilling(restart: Restart, seed: number, disks: number): Promise<FillingCounts> {
  const counts: FillingCounts = { disks: 0, puts: 0, deletions: 0 };
  for (let i = 0; i < disks; i++) {
    restart(seed + i);
    try {
      await new FillingDisk(await newStore(), new Random(seed + i), counts).fill(i * STEP, i % 2 === 1);
    } catch (error) {
      console.error(`with room for ${i * STEP} octets`);
      throw error;
    }
  }
  return counts;
}
