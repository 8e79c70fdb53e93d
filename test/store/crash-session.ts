import assert from 'node:assert/strict';
import path from 'node:path';
import { fileNameOf } from '../../src/store/flat/names.ts';
import {
  type FlatStore,
  type FlatStoreOptions,
  initFlatStore,
  openFlatStore,
} from '../../src/store/flat/open.ts';
import { Refusal } from '../../src/store/types.ts';
import { type Held, tokensOf, wrongSince } from './crash-clients.ts';
import { type Model, NOTHING, observed, placesOf, summary, textFacts } from './crash-model.ts';
import { type Moment, momentOf, namedBetween, type Span } from './crash-moments.ts';
import { recalled } from './crash-undo.ts';
import type { DiskState, NodeId } from './disk-state.ts';
import { ROOT } from './disk-state.ts';
import type { Random } from './random.ts';
import { failing, SimulatedDisk, WRITING } from './simulated-disk.ts';
import { type Step, Workload, withIds } from './workload.ts';

const FOLDER = '/data';
/** How many of the tokens that clients hold are tried at a time. */
const TOKENS = 6;

/** What must be found after a crash: one of the models, the client's tokens still good. */
export interface Past {
  readonly models: readonly Model[];
  readonly held: readonly Held[];
}

export const NO_PAST: Past = { models: [NOTHING], held: [] };

/** A disk with an empty store, all of it safe. */
export async function newStore(): Promise<DiskState> {
  const disk = new SimulatedDisk();
  await initFlatStore(FOLDER, disk);
  return disk.state.settled();
}

/** What makes a story long. */
const LONG = new Set(['bytes', 'facts', 'user', 'version', 'properties']);

/** A commit on its way. */
interface Submitted {
  readonly from: number;
  /** What it makes of what was before. */
  after: Model;
  /** When its answer came, and whether it took effect: nobody knows where the disk failed. */
  to?: number;
  took?: boolean | 'unknown';
}

/** One process's life with a store: what it did to the disk, and what it had answered when. */
export class Session {
  readonly disk: SimulatedDisk;
  readonly past: Past;
  readonly said: string[] = [];
  /** What was committed, for whoever looks into a failure. */
  readonly story: string[] = [];
  /** Events on the disk when the store was open. */
  openedAt = Infinity;
  readonly #random: Random;
  readonly #workload: Workload;
  #opened: FlatStore | undefined;
  #tookBack = false;
  /** All UIDs are known. Before, commits that are submitted at once may take effect in another order. */
  #warm = false;
  #found: Model = NOTHING;
  #model: Model = NOTHING;
  readonly #submitted: Submitted[] = [];
  readonly #held: { readonly at: number; readonly held: readonly Held[] }[] = [];
  readonly #asides: Promise<unknown>[] = [];
  readonly #spans: Span[] = [];

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

  async open(options: Partial<FlatStoreOptions> = {}): Promise<void> {
    const say = (text: string) => void this.said.push(text);
    const opening = openFlatStore({
      folder: FOLDER,
      disk: this.disk,
      factsOf: textFacts,
      segmentSize: 6000,
      history: { days: 30, maxBytes: 20_000 },
      log: { info: say, warn: say },
      ...options,
    });
    this.#opened = await this.#during('opening after a stop', opening);
    this.openedAt = this.disk.log.length;
    // Which is known once all files were looked at.
    void this.#opened.troubles().then(() => {
      this.#warm = true;
    });
  }

  /** What a crash after so many events on the disk must leave. */
  pastAt(events: number): Past {
    if (events < this.openedAt) return this.past;
    let models: readonly Model[] = [this.#found];
    for (const { from, to = Infinity, after, took } of this.#submitted) {
      if (to <= events && took === true) models = [after];
      else if (from <= events && !(to <= events && took === false)) models = [...models, after];
    }
    const own = this.#held.filter(({ at }) => at <= events).flatMap(({ held }) => held);
    return { models, held: [...this.past.held, ...own] };
  }

  get answers(): { readonly answered: number; readonly refused: number } {
    const answered = this.#submitted.filter(({ took }) => took === true).length;
    return { answered, refused: this.#submitted.length - answered };
  }

  /** What the store was at after so many events on the disk. */
  momentsAt(events: number): ReadonlySet<Moment> {
    return new Set(
      this.#spans.filter(({ from, to }) => from <= events && events <= to).map(({ moment }) => moment),
    );
  }

  /** What the store holds is what it held at one moment between its last answer and the crash. */
  async findPast(): Promise<void> {
    const found = await observed(this.store);
    const text = summary(found);
    const model = this.past.models.find((one) => summary(one) === text);
    if (!model) {
      const [last = NOTHING] = this.past.models;
      assert.equal(
        text,
        summary(last),
        `what is found is none of ${this.past.models.length} possible states`,
      );
    }
    this.#found = { ...found, removed: model?.removed ?? [] };
    this.#model = this.#found;
    await this.#checkTokens(this.past.held);
    await this.#hold();
  }

  /** What is found is taken for what must be. */
  assumePast(): void {
    this.#found = this.past.models[0] ?? NOTHING;
    this.#model = this.#found;
  }

  /** Files show what the store holds, and nothing of them was taken for somebody's edit. */
  async checkFiles(): Promise<void> {
    await this.#during('comparing files after a stop', this.store.settled());
    assert.deepEqual(
      this.said.filter((text) => /changed on disk|left alone/.test(text)),
      [],
    );
    const found = readFiles(this.disk.state);
    const wanted = filesOf(this.#model);
    // What a crash left in a folder that is no collection's, or was none when the store was opened, harms nobody.
    const collections = new Set([...wanted.keys()].map((file) => path.dirname(file)));
    for (const file of found.keys()) {
      const harmless = this.#tookBack || !collections.has(path.dirname(file));
      if (harmless && /^\.davd-.*\.new$/.test(path.basename(file))) found.delete(file);
    }
    assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort(), 'the files');
    for (const [file, text] of wanted) if (text !== undefined) assert.equal(found.get(file), text, file);
    assert.equal(summary(await observed(this.store)), summary(this.#model), 'when the files are settled');
  }

  /** The first commits of a new store. */
  async begin(): Promise<void> {
    for (const step of this.#workload.begin()) await this.#submit(step);
    await this.#hold();
  }

  /** Groups of commits at once, other work of the store beside them. */
  async work(groups: number): Promise<void> {
    for (let i = 0; i < groups && !this.store.readOnly; i++) {
      this.#aside();
      if (this.#random.chance(0.15)) await this.#takeBack();
      else await this.#group(1 + this.#random.below(4));
      this.#model = await withIds(this.store, this.#model);
      const last = this.#submitted.findLast(({ took }) => took === true);
      if (last) last.after = this.#model;
      await this.#hold();
    }
    await Promise.all(this.#asides.splice(0));
    await this.#checkTokens([...this.past.held, ...this.#held.flatMap(({ held }) => held)]);
  }

  /** From now on writing fails, once or for some time. */
  async workOnFailing(groups: number): Promise<void> {
    const times = this.#random.chance(0.5) ? 1 : 1 + this.#random.below(20);
    const code = this.#random.pick(['EIO', 'EIO', 'ENOSPC', 'EMFILE']) ?? 'EIO';
    this.disk.fault = failing(code, this.#random.below(30), times, WRITING);
    const from = this.disk.log.length;
    await this.workWhileFailing(groups);
    this.disk.fault = () => undefined;
    this.#spans.push({ moment: 'a disk that failed', from, to: this.disk.log.length });
  }

  /**
   * Commits, one after the other, on a disk that may fail: what is answered counts, and reading goes on.
   * @param mayFail reading may fail too
   */
  async workWhileFailing(groups: number, mayFail = false): Promise<void> {
    for (let i = 0; i < groups && !this.store.readOnly; i++) {
      this.#aside();
      await this.#group(1);
      try {
        assert.equal(summary(await observed(this.store)), summary(this.#model));
        await this.#hold();
      } catch (error) {
        if (!(mayFail && error instanceof Refusal && error.reason === 'unavailable')) throw error;
      }
    }
    await Promise.allSettled(this.#asides.splice(0));
  }

  async close(): Promise<void> {
    await Promise.all(this.#asides);
    await this.#during('closing', this.store.close());
    const { log } = this.disk;
    for (const span of namedBetween(log, '.journal')) this.#spans.push({ moment: 'new segment', ...span });
  }

  async #group(size: number): Promise<void> {
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < size; i++) {
      const step = this.#workload.next(this.#model);
      if (!step) continue;
      const answer = this.#submit(step);
      answers.push(answer);
      if (!this.#warm) await answer;
    }
    await Promise.all(answers);
  }

  /** What was changed or removed comes back, if it is still kept. */
  async #takeBack(): Promise<void> {
    const step = this.#random.chance(0.5)
      ? this.#workload.back(this.#model)
      : await recalled(this.store, this.#model, this.#random);
    if (!step) return;
    this.#tookBack = true;
    await this.#submit(step);
  }

  async #submit({ changes, after, mayFail }: Step): Promise<void> {
    const before = this.#model;
    const commit: Submitted = { from: this.disk.log.length, after };
    this.#submitted.push(commit);
    this.#model = after;
    const [first] = changes;
    const updates =
      first?.do === 'put' &&
      placesOf(before).some(
        ({ collection: { id, members } }) => id === first.collection && members.has(first.name),
      );
    try {
      await this.#during(momentOf(changes, updates), this.store.commit(changes));
      commit.took = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { reason } = error;
      const failed = reason === 'full' || reason === 'read-only' || reason === 'unavailable';
      if (!failed && !(mayFail && (reason === 'absent' || reason === 'exists'))) throw error;
      commit.took = reason === 'read-only' ? 'unknown' : false;
      this.#model = before;
    }
    commit.to = this.disk.log.length;
    const what = changes.map((change) =>
      JSON.stringify(change, (key, value) => (LONG.has(key) ? undefined : value)),
    );
    this.story.push(`${commit.from}–${commit.to} took ${commit.took}: ${what.join(', ')}`);
  }

  #aside(): void {
    const chosen = this.#random.next();
    if (chosen < 0.15) this.#asides.push(this.#during('checkpoint', this.store.checkpoint()));
    else if (chosen < 0.25) this.#asides.push(this.#compact());
    else if (chosen < 0.6) this.#asides.push(this.store.settled());
    // What fails is seen by who waits for it.
    this.#asides.at(-1)?.catch(() => undefined);
  }

  async #compact(): Promise<void> {
    const span: Span = { moment: 'compaction', from: this.disk.log.length, to: Infinity };
    await this.store.compact();
    span.to = this.disk.log.length;
    const packed = namedBetween(this.disk.log.slice(span.from), '.base').length > 0;
    if (packed) this.#spans.push(span);
  }

  async #during<T>(moment: Moment, work: Promise<T>): Promise<T> {
    const span: Span = { moment, from: this.disk.log.length, to: Infinity };
    this.#spans.push(span);
    try {
      return await work;
    } finally {
      span.to = this.disk.log.length;
    }
  }

  async #hold(): Promise<void> {
    this.#held.push({ at: this.disk.log.length, held: await tokensOf(this.store, this.#model) });
  }

  async #checkTokens(held: readonly Held[]): Promise<void> {
    for (let i = Math.min(held.length, TOKENS); i > 0; i--) {
      const one = this.#random.pick(held);
      if (one) assert.equal(await wrongSince(this.store, this.#model, one), undefined);
    }
  }
}

/** Paths of files below files/ and what must stand in them, undefined where it is not said. */
function filesOf(model: Model): Map<string, string | undefined> {
  const files = new Map<string, string | undefined>([['.davd.json', undefined]]);
  for (const { user, kind, name, collection } of placesOf(model)) {
    const owner = fileNameOf(model.users.get(user)?.name ?? '', '').file;
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
