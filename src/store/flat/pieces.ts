import path from 'node:path';
import type { Piece, Pieces } from '../piece.ts';
import type { Moment } from '../types.ts';
import { BaseReader } from './base.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { describeCollection } from './description.ts';
import type { Disk } from './disk.ts';
import { StoreError } from './error.ts';
import { segmentFile, segmentOf } from './journal.ts';
import { COLLECTION_FILE, Layout } from './layout.ts';
import { positionOf, readMoment } from './moment.ts';
import { nodeDisk } from './node-disk.ts';
import { usersText } from './users-file.ts';
import { Vault } from './vault.ts';

/** Octets that are read at once. */
const CHUNK = 256 * 1024;
/** Parts of the journal beside the segments. */
const BESIDE = /^(?:\d{8,10}\.base|\d{8,10}\.(?:journal|base)\.past|catalog)$/;

/**
 * The pieces of a moment that is held: the journal area up to there, which makes the store again, and the files as they were
 * then, worked out from it, for people.
 *
 * @param read told of octets as they are read, before the pieces are there.
 * @throws StoreError 'damaged'
 */
export async function openPieces(
  folder: string,
  moment: Moment,
  read: (octets: number) => void = () => undefined,
  disk: Disk = nodeDisk,
): Promise<Pieces> {
  const layout = new Layout(path.resolve(folder));
  const end = positionOf(moment);
  if (!end)
    throw new StoreError('foreign', `reading "${folder}": "${moment.place}" is no place in its journal`);
  const { catalog, segments } = await readMoment(disk, layout, end, read);
  const bases = new BaseReader(disk, layout.journal);
  const vault = new Vault(disk, layout.journal, (place, etag) => bases.read(place, etag));
  const kept = await keptFiles(disk, layout, moment, [
    ...segments.map((segment) => ({
      name: segmentFile('journal', segment),
      ...(segment === end.segment && { size: end.offset }),
    })),
    ...(await beside(disk, layout)),
    { name: 'files/.davd.json' },
    { name: 'state/seen.json' },
  ]);
  const shown = () => shownFiles(catalog, layout, vault, moment);
  let [files, octets] = [0, 0];
  for (const { size } of [...kept, ...shown()]) {
    files++;
    octets += size;
  }
  const live = [...catalog.collections.values()].filter(({ record }) => record.trashed === undefined);
  return {
    moment,
    users: catalog.users.size,
    collections: live.length,
    objects: live.reduce((sum, { members }) => sum + members.count, 0),
    files,
    octets,
    *all() {
      yield* kept;
      yield* shown();
    },
    close: () => vault.close(),
  };
}

/** Whether a piece makes the store again, so that a restore has to write it. */
export function isKept(name: string): boolean {
  const inJournal = /^journal\/([^/]+)$/.exec(name)?.[1];
  if (inJournal !== undefined) return segmentOf(inJournal) !== undefined || BESIDE.test(inJournal);
  return name === 'files/.davd.json' || name === 'state/seen.json';
}

async function beside(disk: Disk, layout: Layout): Promise<{ name: string }[]> {
  const files = (await disk.readdir(layout.journal)) ?? [];
  return files.flatMap(({ name }) => (BESIDE.test(name) ? { name: `journal/${name}` } : []));
}

/** @param wanted with the octets that count, where that is not all. */
async function keptFiles(
  disk: Disk,
  layout: Layout,
  { time }: Moment,
  wanted: readonly { readonly name: string; readonly size?: number }[],
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const { name, size } of wanted) {
    const file = path.join(layout.root, name);
    const stat = await disk.stat(file);
    // It is nothing that counts, and is replaced while we look.
    const bytes = name === 'state/seen.json' ? await disk.readFile(file) : undefined;
    if (bytes) pieces.push({ name, size: bytes.length, modified: time, read: async () => [bytes] });
    else if (stat) {
      const whole = size ?? stat.size;
      pieces.push({ name, size: whole, modified: time, read: async () => chunksOf(disk, file, whole) });
    }
  }
  return pieces;
}

async function* chunksOf(disk: Disk, file: string, size: number): AsyncGenerator<Uint8Array> {
  const open = await disk.open(file, 'read');
  try {
    for (let at = 0; at < size; ) {
      const chunk = await open?.read(at, Math.min(CHUNK, size - at));
      if (!chunk || chunk.length === 0) throw new StoreError('damaged', `reading "${file}": its end is gone`);
      yield chunk;
      at += chunk.length;
    }
  } finally {
    await open?.close();
  }
}

function* shownFiles(catalog: Catalog, layout: Layout, vault: Vault, { time }: Moment): Generator<Piece> {
  yield textPiece('users.json', usersText(catalog), time);
  for (const collection of catalog.collections.values()) {
    const folder = layout.collectionFolder(catalog, collection.record);
    const name = path.relative(layout.root, path.join(folder, COLLECTION_FILE));
    yield textPiece(name, describeCollection(catalog, collection.record), collection.record.modified);
    yield* members(collection, folder, layout, vault);
  }
}

function* members(
  { members: table, record }: CollectionState,
  folder: string,
  layout: Layout,
  vault: Vault,
): Generator<Piece> {
  for (const name of table.names()) {
    const state = table.get(name);
    if (!state) continue;
    const { etag, size, at, modified } = state;
    const file = path.join(folder, layout.memberFile(record, name, state.file));
    yield {
      name: path.relative(layout.root, file),
      size,
      modified,
      async read() {
        const bytes = await vault.read({ etag, size, at, file: () => file }).catch(unlessDamaged);
        return bytes && [bytes];
      },
    };
  }
}

function textPiece(name: string, text: Uint8Array, modified: number): Piece {
  return { name, size: text.length, modified, read: async () => [text] };
}

function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof StoreError && error.code === 'damaged')) throw error;
  return undefined;
}
