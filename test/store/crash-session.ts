import assert from 'node:assert/strict';
import path from 'node:path';
import { fileNameOf } from '../../src/store/flat/names.ts';
import { type FlatStore, type FlatStoreOptions, openFlatStore } from '../../src/store/flat/open.ts';
import {
  type Held,
  type Model,
  observed,
  placesOf,
  summary,
  textFacts,
  tokensOf,
  wrongSince,
} from './crash-model.ts';
import type { DiskState, NodeId } from './disk-state.ts';
import { ROOT } from './disk-state.ts';
import type { Random } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { type Step, Workload, withIds } from './workload.ts';

export const FOLDER = '/data';
/** How many of the tokens that clients hold are tried at a time. */
const TOKENS = 6;

/** What must be found after a crash: one of the models, the client's tokens still good. */
export interface Past {
  readonly models: readonly Model[];
  readonly held: readonly Held[];
}

/** One process's life with a store: what it did to the disk, and what it had answered when. */
export class Session {
  readonly disk: SimulatedDisk;
  readonly past: Past;
  readonly said: string[] = [];
  /** Events on the disk when the store was open. */
  openedAt = 0;
  /** Events when it had brought the files in line. */
  settledAt = Infinity;
  readonly #random: Random;
  readonly #workload: Workload;
  #opened: FlatStore | undefined;
  /** The first is what was found, the others what each commit should make of it. */
  readonly #models: Model[] = [];
  readonly #submitted: number[] = [];
  readonly #answered: number[] = [];
  readonly #held: { readonly at: number; readonly held: readonly Held[] }[] = [];
  readonly #asides: Promise<unknown>[] = [];

  constructor(start: DiskState, random: Random, past: Past) {
    this.disk = new SimulatedDisk(start.clone(), random);
    this.past = past;
    this.#random = random;
    this.#workload = new Workload(random, start.next * 1000);
  }

  get store(): FlatStore {
    if (!this.#opened) throw new Error('the store is not open');
    return this.#opened;
  }

  get model(): Model {
    return this.#models.at(-1) ?? new Map();
  }

  async open(options: Partial<FlatStoreOptions> = {}): Promise<void> {
    const say = (text: string) => void this.said.push(text);
    this.#opened = await openFlatStore({
      folder: FOLDER,
      disk: this.disk,
      factsOf: textFacts,
      segmentSize: 6000,
      history: { days: 30, maxBytes: 20_000 },
      log: { info: say, warn: say },
      ...options,
    });
    this.openedAt = this.disk.log.length;
  }

  /** What a crash after so many events on the disk must leave. */
  pastAt(events: number): Past {
    if (events < this.openedAt) return this.past;
    const answered = this.#answered.filter((at) => at <= events).length;
    const submitted = this.#submitted.filter((at) => at <= events).length;
    const own = this.#held.filter(({ at }) => at <= events).flatMap(({ held }) => held);
    return {
      models: this.#models.slice(answered, submitted + 1),
      held: [...this.past.held, ...own],
    };
  }

  /** What the store holds is what it held at one moment between its last answer and the crash. */
  async findPast(): Promise<void> {
    const found = await observed(this.store);
    const text = summary(found);
    const models = this.past.models.map(summary);
    if (!models.includes(text)) {
      assert.equal(text, models[0], `what is found is none of ${models.length} states that could be`);
    }
    this.#models.push(found);
    await this.#checkTokens(this.past.held);
    await this.#hold();
  }

  /** Files show what the store holds, and nothing of them was taken for somebody's edit. */
  async checkFiles(): Promise<void> {
    await this.store.settled();
    this.settledAt = Math.min(this.settledAt, this.disk.log.length);
    assert.deepEqual(
      this.said.filter((text) => /changed on disk|left alone/.test(text)),
      [],
    );
    const found = readFiles(this.disk.state);
    const wanted = filesOf(this.model);
    // What a crash left in a folder that is no collection's harms nobody.
    const collections = new Set([...wanted.keys()].map((file) => path.dirname(file)));
    for (const file of found.keys()) {
      if (/^\.davd-.*\.new$/.test(path.basename(file)) && !collections.has(path.dirname(file)))
        found.delete(file);
    }
    assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort(), 'the files');
    for (const [file, text] of wanted) if (text !== undefined) assert.equal(found.get(file), text, file);
    assert.equal(summary(await observed(this.store)), summary(this.model), 'when the files are settled');
  }

  /** The first commits of a new store. */
  async begin(): Promise<void> {
    for (const step of this.#workload.begin()) await this.#submit(step);
    await this.#hold();
  }

  /** Groups of commits at once, other work of the store beside them. */
  async work(groups: number): Promise<void> {
    for (let i = 0; i < groups; i++) {
      this.#aside();
      const answers: Promise<unknown>[] = [];
      for (let size = 1 + this.#random.below(4); size > 0; size--) {
        const step = this.#workload.next(this.model);
        if (step) answers.push(this.#submit(step));
      }
      await Promise.all(answers);
      this.#models[this.#models.length - 1] = await withIds(this.store, this.model);
      await this.#hold();
    }
    await Promise.all(this.#asides.splice(0));
    await this.#checkTokens([...this.past.held, ...this.#held.flatMap(({ held }) => held)]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#asides);
    await this.store.close();
  }

  async #submit({ changes, after }: Step): Promise<void> {
    this.#models.push(after);
    this.#submitted.push(this.disk.log.length);
    await this.store.commit(changes);
    this.#answered.push(this.disk.log.length);
  }

  #aside(): void {
    const chosen = this.#random.next();
    if (chosen < 0.15) this.#asides.push(this.store.checkpoint());
    else if (chosen < 0.25) this.#asides.push(this.store.compact());
    else if (chosen < 0.6) this.#asides.push(this.store.settled());
  }

  async #hold(): Promise<void> {
    this.#held.push({ at: this.disk.log.length, held: await tokensOf(this.store, this.model) });
  }

  async #checkTokens(held: readonly Held[]): Promise<void> {
    for (let i = Math.min(held.length, TOKENS); i > 0; i--) {
      const one = this.#random.pick(held);
      if (one) assert.equal(await wrongSince(this.store, this.model, one), undefined);
    }
  }
}

/** Paths of files below files/ and what must stand in them, undefined where it is not said. */
function filesOf(model: Model): Map<string, string | undefined> {
  const files = new Map<string, string | undefined>([['.davd.json', undefined]]);
  for (const { user, kind, name, collection } of placesOf(model)) {
    const owner = fileNameOf(model.get(user)?.name ?? '', '').file;
    const folder = `${owner}/${kind}s/${fileNameOf(name, '').file}`;
    files.set(`${folder}/.collection.json`, undefined);
    for (const [member, { text }] of collection.members) {
      files.set(`${folder}/${fileNameOf(member, kind === 'calendar' ? '.ics' : '.vcf').file}`, text);
    }
  }
  return files;
}

function readFiles(state: DiskState): Map<string, string> {
  const files = new Map<string, string>();
  const walk = (node: NodeId | undefined, folder: string) => {
    for (const [name, inside] of state.folder(node) ?? []) {
      const file = state.file(inside);
      if (file) files.set(folder + name, file.content.toString());
      else if (name !== '.trash') walk(inside, `${folder}${name}/`);
    }
  };
  const data = state.folder(ROOT)?.get(FOLDER.slice(1));
  walk(state.folder(data)?.get('files'), '');
  return files;
}
