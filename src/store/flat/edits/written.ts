import path from 'node:path';
import type { Fault } from '../../trouble.ts';
import type { Facts, Inspect } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Disk } from '../disk.ts';
import { errorCode, reasonOf } from '../error.ts';
import type { Folders } from '../folders.ts';
import { etagOfAny } from '../record.ts';
import { LARGEST, UNREADABLE } from './looker.ts';
import type { Sight } from './sight.ts';

/** What somebody wrote, read and found good. */
export interface Written {
  readonly sight: Sight;
  readonly collection: CollectionState;
  /** Path of the file. */
  readonly whole: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly facts: Facts;
}

export interface WrittenParts {
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly inspect: Inspect;
}

/** Reads a file that is still as it was seen; 'other' where it isn't. */
export async function readWritten(
  { disk, catalog, folders, inspect }: WrittenParts,
  sight: Sight,
): Promise<Written | Fault | 'other'> {
  const collection = catalog.collections.get(sight.collection);
  const folder = folders.of(sight.collection);
  if (!collection || folder === undefined) return 'other';
  const whole = path.join(folder, sight.file);
  const bytes = await readAsSeen(disk, whole, sight.print);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const facts = await inspect(collection.record.kind, bytes);
  if ('what' in facts) return facts;
  return { sight, collection, whole, bytes, etag: await etagOfAny(bytes), facts };
}

/** @param print what the file had when it was seen. */
export async function readAsSeen(
  disk: Disk,
  whole: string,
  print: number,
): Promise<Uint8Array | Fault | 'other'> {
  const seen = await disk.stat(whole);
  if (seen?.print !== print) return 'other';
  if (seen.kind !== 'file') return fault('it is a link, or something else that is no file');
  if (seen.size > LARGEST) return fault(`it is larger than ${LARGEST / 1024 / 1024} MB`);
  if (seen.size === 0) return fault('it is empty');
  try {
    const bytes = await disk.readFile(whole);
    // Nobody wrote it while it was read.
    return bytes && (await disk.stat(whole))?.print === print ? bytes : 'other';
  } catch (error) {
    if (!UNREADABLE.has(errorCode(error))) throw error;
    return { ...fault(`it can't be read: ${reasonOf(error)}`), passing: true };
  }
}

function fault(what: string): Fault {
  return { line: null, what };
}
