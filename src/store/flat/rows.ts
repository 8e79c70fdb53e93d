import { Slices } from '../../slices.ts';
import type { Properties } from '../types.ts';
import { readBlocks } from './blocks.ts';
import type { CollectionState } from './catalog.ts';
import type { OpenFile } from './disk.ts';
import type { Rare } from './members.ts';
import { octetsOf, readName } from './name-octets.ts';
import type { PendingNames } from './pending.ts';
import { Restoring } from './restoring.ts';
import { RowBlock, type SavedMember } from './row-blocks.ts';

/** Print of a file that was written, but not safely: after a crash something older may stand there. */
export const UNSAFE = -1;
const NONE: Rare = {};

/**
 * What a block says besides its members' columns. `pending` lists etags where the file is still to be written or removed,
 * or that is not safe yet: it may hold versions with these.
 */
interface More {
  /** Of members, by their place in the block. */
  readonly rare: [member: number, file: string | null, properties: Properties | null][];
  readonly pending: [member: number, pending: readonly string[]][];
  readonly gone: [name: string, seq: number, time: number, pending: readonly string[] | null][];
}

/** What is to be known of a name's file to save it. */
export interface FileState {
  /** Etags of what may stand in a file that is still to be written. */
  readonly pending: ReadonlySet<string> | undefined;
  /** The file is written, but not yet safe. */
  readonly unsafe: boolean;
}

/** The rows of names in a collection, as they are saved; none for those of which nothing is known. */
export function writeRows(
  { members, log }: CollectionState,
  names: Iterable<string>,
  fileOf: (name: string) => FileState,
): { readonly octets: Uint8Array; readonly rows: number } {
  const saved: SavedMember[] = [];
  const more: More = { rare: [], pending: [], gone: [] };
  for (const name of names) {
    const { pending, unsafe } = fileOf(name);
    const state = members.get(name);
    if (state) {
      const { file = null, properties = null } = state;
      if (file !== null || properties) more.rare.push([saved.length, file, properties]);
      if (pending) more.pending.push([saved.length, [...pending]]);
      saved.push({ name, state, print: unsafe ? UNSAFE : members.printOf(name) });
      continue;
    }
    const gone = log.tombstone(name);
    if (gone) more.gone.push([name, gone.seq, gone.time, pending ? [...pending] : null]);
  }
  const rows = saved.length + more.gone.length;
  if (rows === 0) return { octets: new Uint8Array(0), rows };
  const plain = more.rare.length + more.pending.length + more.gone.length === 0;
  return { octets: RowBlock.of(saved, plain ? '' : JSON.stringify(more)).block.octets, rows };
}

/**
 * Fills a collection from its saved rows.
 * @param octets how many of the file count.
 * @param rows how many there are.
 * @param pending gets the members whose files are still to be written.
 * @throws SyntaxError where they are not rows, damaged, or too few.
 */
export async function readRows(
  collection: CollectionState,
  file: OpenFile,
  { octets, lines }: { readonly octets: number; readonly lines: number },
  pending: PendingNames,
): Promise<void> {
  const slices = new Slices();
  const restoring = new Restoring(collection);
  collection.members.reserve(lines);
  for await (const block of readBlocks(file, octets, RowBlock.at)) {
    take(collection, block, restoring);
    if (slices.over) await slices.pause();
  }
  restoring.end(pending);
}

function take({ members }: CollectionState, block: RowBlock, restoring: Restoring): void {
  const more: Partial<More> = block.json.length > 0 ? JSON.parse(block.json.toString()) : {};
  const rare = new Map(more.rare?.map(([i, file, properties]) => [i, rareOf(file, properties)]));
  const pending = new Map(more.pending);
  let start = 0;
  for (let i = 0; i < block.count; i++) {
    const spelling = block.spellings[i] ?? 0;
    members.restore(block, i, start, rare.get(i) ?? NONE);
    const waits = pending.get(i);
    if (waits || restoring.remembers) {
      const name = readName(block.names, start, spelling);
      restoring.there(name);
      if (waits) restoring.waits(name, waits);
    }
    start += octetsOf(spelling);
  }
  for (const [name, seq, time, waits] of more.gone ?? []) {
    restoring.gone(name, { seq, time });
    if (waits) restoring.waits(name, waits);
  }
}

function rareOf(file: string | null, properties: Properties | null): Rare {
  return { ...(file !== null && { file }), ...(properties && { properties }) };
}
