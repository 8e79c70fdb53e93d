import { createHash } from 'node:crypto';
import { Slices } from '../../slices.ts';
import type { Mark } from '../history.ts';
import type { Lock, Task } from '../types.ts';
import { Catalog, CollectionState, type HomeState } from './catalog.ts';
import type { Tombstone } from './changelog.ts';
import { type Binding, type CollectionRecord, KINDS, type Place, type UserRecord } from './entries.ts';
import type { Position } from './journal.ts';
import { PendingNames } from './pending.ts';

/** Version of the format of state/, of which docs/store.md tells. */
export const STATE_FORMAT = 2;

/** The first line of state/index. */
export interface StateHead {
  readonly format: number;
  readonly store: string;
  /** Lineage of the sync tokens. */
  readonly epoch: string;
  /** Replaying the journal from here on gives what the saved state lacks; null: from its beginning. */
  readonly from: Position | null;
  /** The journal was safe up to here. */
  readonly durable: Place;
  /** Print of users.json as this store left it; UNSAFE (rows.ts) where it was still to be written. */
  readonly users: number;
  readonly history: History;
  /** Print of the marker in files/, without its ctime: elsewhere it is another. Absent: unknown. */
  readonly marker?: number;
}

/** What the journal area is made of. */
export interface History {
  /** The first segment that counts; earlier ones are left over. */
  readonly first: number;
  /** Base files, and how many objects were put into each. */
  readonly bases: readonly { readonly base: number; readonly objects: number }[];
}

/** Which rows of a collection's file count. */
export interface SavedRows {
  /** Part of the file's name. */
  readonly generation: number;
  readonly octets: number;
  /** How many rows those are. */
  readonly lines: number;
}

interface HomeLine {
  readonly seq: number;
  readonly floor: number;
  readonly bindings: readonly (Binding & { readonly seq: number })[];
  readonly gone: readonly [name: string, tombstone: Tombstone][];
}

interface UserLine {
  readonly user: UserRecord;
  readonly calendar: HomeLine;
  readonly addressbook: HomeLine;
}

interface CollectionLine {
  readonly collection: CollectionRecord;
  readonly seq: number;
  readonly floor: number;
  readonly touched: number;
  readonly print: number;
  /** Absent: none. */
  readonly locks?: readonly Lock[];
  readonly rows: SavedRows;
}

interface MarkLine {
  readonly mark: Mark;
}

interface TaskLine {
  readonly task: Task;
  readonly id: string;
}

/** What is gone from a collection; written where there are no rows that would say so. */
interface GoneLine {
  readonly in: string;
  readonly gone: readonly [name: string, tombstone: Tombstone][];
}

type Line = UserLine | CollectionLine | TaskLine | MarkLine | GoneLine;

/** Saved state as it was read. */
export interface SavedState {
  readonly head: StateHead;
  readonly catalog: Catalog;
  readonly rows: ReadonlyMap<string, SavedRows>;
  /** What is gone, by collection, where the text says so. */
  readonly gone: ReadonlyMap<string, readonly [name: string, tombstone: Tombstone][]>;
  /** Members whose files were still to be written; filled with the rows. */
  readonly pending: PendingNames;
}

const NO_ROWS: SavedRows = { generation: 0, octets: 0, lines: 0 };
const GONE_AT_ONCE = 500;

/**
 * The text of state/index: a head, a line for each user, collection and task, and a sum over it all.
 * @param rows undefined: a text that stands alone, for journal/catalog; it says itself what is gone.
 * @param safe whether a collection's folder is where it is also after a power cut: else its print is as good as none.
 */
export async function writeIndex(
  head: StateHead,
  catalog: Catalog,
  rows: ReadonlyMap<string, SavedRows> | undefined,
  safe: (collection: string) => boolean = () => false,
): Promise<Buffer> {
  const slices = new Slices();
  const lines: Buffer[] = [];
  const sum = createHash('sha256');
  const add = async (value: StateHead | Line) => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    sum.update(line);
    lines.push(line);
    if (slices.over) await slices.pause();
  };
  await add(head);
  for (const { record, homes } of [...catalog.users.values()]) {
    await add({ user: record, calendar: homeLine(homes.calendar), addressbook: homeLine(homes.addressbook) });
  }
  for (const [id, { record, log, touched, print, locks }] of [...catalog.collections]) {
    const saved = rows ? rows.get(id) : NO_ROWS;
    // Made since the rows were saved: the replay makes it again.
    if (!saved) continue;
    await add({
      collection: record,
      seq: log.seq,
      floor: log.floor,
      touched,
      print: safe(id) ? print : 0,
      ...(locks.length > 0 && { locks }),
      rows: saved,
    });
    const gone = rows ? [] : [...log.tombstones()];
    for (let i = 0; i < gone.length; i += GONE_AT_ONCE)
      await add({ in: id, gone: gone.slice(i, i + GONE_AT_ONCE) });
  }
  for (const [id, task] of [...catalog.tasks]) await add({ id, task });
  for (const mark of [...catalog.marks.values()]) await add({ mark });
  lines.push(Buffer.from(`${JSON.stringify({ sum: sum.digest('hex') })}\n`));
  return Buffer.concat(lines);
}

function homeLine({ log, bindings }: HomeState): HomeLine {
  return { seq: log.seq, floor: log.floor, bindings: [...bindings.values()], gone: [...log.tombstones()] };
}

/** Version of what was saved, which says whether the rest can be understood; undefined where nothing was. */
export function formatOf(octets: Buffer): number | undefined {
  try {
    const head: Partial<StateHead> = JSON.parse(octets.toString('utf8', 0, octets.indexOf('\n')));
    return typeof head.format === 'number' ? head.format : undefined;
  } catch {
    return undefined;
  }
}

/** @returns undefined where the text is damaged. */
export async function readIndex(octets: Buffer): Promise<SavedState | undefined> {
  const last = octets.lastIndexOf('{"sum":');
  if (last < 0) return undefined;
  const sum = createHash('sha256').update(octets.subarray(0, last)).digest('hex');
  if (octets.toString('utf8', last) !== `${JSON.stringify({ sum })}\n`) return undefined;

  const [head, ...lines]: [StateHead, ...Line[]] = JSON.parse(
    `[${octets.toString('utf8', 0, last - 1).replaceAll('\n', ',')}]`,
  );
  const catalog = new Catalog();
  const rows = new Map<string, SavedRows>();
  const slices = new Slices();
  const allGone = new Map<string, [name: string, tombstone: Tombstone][]>();
  for (const line of lines) {
    if ('in' in line) allGone.set(line.in, [...(allGone.get(line.in) ?? []), ...line.gone]);
    else if ('task' in line) catalog.tasks.set(line.id, line.task);
    else if ('mark' in line) catalog.marks.set(line.mark.name, line.mark);
    else if ('user' in line) takeUser(catalog, line);
    else rows.set(line.collection.id, takeCollection(catalog, line));
    if (slices.over) await slices.pause();
  }
  return { head, catalog, rows, gone: allGone, pending: new PendingNames() };
}

function takeUser(catalog: Catalog, line: UserLine): void {
  const spot = { time: 0, segment: 0, body: 0 };
  const user = line.user.user.id;
  catalog.apply({ changes: [{ set: 'user', ...line.user }] }, spot);
  for (const kind of KINDS) {
    const home = catalog.home({ user, kind });
    if (!home) continue;
    const { seq, floor, bindings, gone } = line[kind];
    const steps = [
      ...bindings.map(({ seq: own, ...binding }) => ({
        seq: own,
        take: () => catalog.apply({ changes: [{ set: 'binding', user, kind, seq: own, binding }] }, spot),
      })),
      ...gone.map(([name, tombstone]) => ({
        seq: tombstone.seq,
        take: () => home.log.bury(tombstone.seq, name, tombstone.time),
      })),
    ];
    for (const step of steps.sort((a, b) => a.seq - b.seq)) step.take();
    home.log.seq = seq;
    home.log.floor = floor;
  }
}

function takeCollection(catalog: Catalog, line: CollectionLine): SavedRows {
  const collection = new CollectionState(line.collection);
  collection.log.seq = line.seq;
  collection.log.floor = line.floor;
  collection.touched = line.touched;
  collection.print = line.print;
  collection.locks = line.locks ?? [];
  catalog.collections.set(line.collection.id, collection);
  return line.rows;
}
