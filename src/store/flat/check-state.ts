import { isDeepStrictEqual } from 'node:util';
import { Slices } from '../../slices.ts';
import type { CheckStep, Finding } from '../finding.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { type Checkpoint, loadState } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { KINDS } from './entries.ts';
import { StoreError } from './error.ts';
import type { Journal } from './journal.ts';
import type { Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import { readMoment } from './moment.ts';

export interface StateCheckParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly store: string;
  readonly catalog: Catalog;
  readonly checkpoint: Checkpoint;
  readonly journal: Journal;
  /** @throws where the store is closing */
  readonly proceed: () => void;
}

const STATE = 'state';
const REBUILD =
  'stop the server and move state/ away, so that it is made anew from the journal; devices fetch everything anew then';

/** Compares what is in memory with what was saved, and with what the journal says. Nothing may be let go meanwhile. */
export async function* checkState(parts: StateCheckParts, repair: boolean): AsyncGenerator<CheckStep> {
  yield { progress: { what: 'state', done: 0, of: 2 } };
  for (const finding of await checkSaved(parts, repair)) yield { finding };
  yield { progress: { what: 'state', done: 1, of: 2 } };
  for (const finding of await checkReplayed(parts)) yield { finding };
}

async function checkSaved(parts: StateCheckParts, repair: boolean): Promise<readonly Finding[]> {
  const { checkpoint, proceed } = parts;
  await checkpoint.run();
  proceed();
  const wrong = await twice(() => savedDifferences(parts));
  if (wrong.length === 0) return [];
  if (repair) await checkpoint.renew();
  return wrong.map((what) => ({
    kind: 'damaged',
    where: STATE,
    what: `what is saved is wrong: ${what}`,
    ...(repair && { repaired: 'written anew' }),
  }));
}

function savedDifferences({ disk, layout, store, catalog, checkpoint }: StateCheckParts): Promise<string[]> {
  return checkpoint.alone(async () => {
    const saved = await loadState(disk, layout, store);
    // What changed since is in the journal alone.
    const isSaved = (collection: CollectionState, name: string) => !collection.unsaved.has(name);
    return saved ? differences(saved.catalog, catalog, isSaved) : ['it can not be read'];
  });
}

async function checkReplayed(parts: StateCheckParts): Promise<readonly Finding[]> {
  try {
    const wrong = await twice(() => replayedDifferences(parts));
    return wrong.map((what) => ({
      kind: 'different',
      where: STATE,
      what: `the journal says otherwise: ${what}; ${REBUILD}`,
    }));
  } catch (error) {
    // The check of the history tells where it is damaged.
    if (!(error instanceof StoreError)) throw error;
    return [];
  }
}

async function replayedDifferences(parts: StateCheckParts): Promise<string[]> {
  const { disk, layout, catalog, journal, proceed } = parts;
  const replayed = await readMoment(disk, layout, journal.position, proceed);
  proceed();
  return differences(replayed.catalog, catalog, () => true);
}

type Counts = (collection: CollectionState, name: string) => boolean;

/** What changes while one looks is another the second time. */
async function twice(look: () => Promise<string[]>): Promise<string[]> {
  const first = await look();
  if (first.length === 0) return first;
  const second = await look();
  return first.filter((what) => second.includes(what));
}

/**
 * What is not as it should be.
 * @param earlier a catalog of the same time, or from before.
 * @param counts whether a name is to be compared.
 */
async function differences(earlier: Catalog, now: Catalog, counts: Counts): Promise<string[]> {
  const found: string[] = [];
  for (const [id, { record, homes }] of earlier.users) {
    const known = now.users.get(id);
    const same =
      isDeepStrictEqual(known?.record, record) &&
      KINDS.every((kind) => isDeepStrictEqual(known?.homes[kind].bindings, homes[kind].bindings));
    if (!same) found.push(`user "${record.user.name}" is another`);
  }
  const slices = new Slices();
  for (const [id, before] of earlier.collections) {
    const collection = now.collections.get(id);
    const { folder } = before.record;
    if (!isDeepStrictEqual(collection?.record, before.record))
      found.push(`collection "${folder}" is another`);
    if (collection) found.push(...(await memberDifferences(before, collection, counts, slices)));
  }
  return found;
}

async function memberDifferences(
  before: CollectionState,
  now: CollectionState,
  counts: Counts,
  slices: Slices,
): Promise<string[]> {
  const found: string[] = [];
  const note = (name: string): void => {
    if (counts(now, name)) found.push(`"${before.record.folder}/${name}" is another`);
  };
  for (const name of [...before.members.names()]) {
    const state = before.members.get(name);
    if (state && !isSame(state, now, name)) note(name);
    if (slices.over) await slices.pause();
  }
  for (const [name, { seq }] of [...before.log.tombstones()]) {
    const latest = now.log.latest(name);
    if (latest < seq || (latest === seq && now.members.has(name))) note(name);
    if (slices.over) await slices.pause();
  }
  for (const name of [...now.members.names()]) {
    if (now.log.latest(name) <= before.log.seq && before.log.latest(name) === 0) note(name);
    if (slices.over) await slices.pause();
  }
  return found;
}

function isSame({ seq, etag, size }: MemberState, { members, log }: CollectionState, name: string): boolean {
  const latest = log.latest(name);
  if (latest !== seq) return latest > seq;
  const state = members.get(name);
  return state?.etag === etag && state.size === size;
}
