/** Making a backup of a server, running or not, and telling what is in one. */

import { readFile } from 'node:fs/promises';
import { storePieces } from '../app.ts';
import { FORMAT, type Manifest } from '../backup/manifest.ts';
import { writeArchive } from '../backup/write-archive.ts';
import { settingsFile } from '../config-file.ts';
import type { Piece, Pieces, Totals } from '../store/piece.ts';
import type { Moment } from '../store/types.ts';
import { VERSION } from '../version.ts';
import { journalSize } from './data-folder.ts';
import { type OutputFile, refused } from './output-file.ts';
import { Refused } from './refused.ts';
import type { Follower } from './streams.ts';

export interface BackupOutcome extends Totals {
  /** `-` for standard output. */
  readonly file: string;
  /** ISO 8601: everything acknowledged before is in it. */
  readonly time: string;
  /** Of the file. */
  readonly octets: number;
  /** Files that are not in it because their bytes are lost. */
  readonly lost: readonly string[];
}

export interface BackupOptions {
  /** The data folder. */
  readonly data: string;
  readonly follow: Follower;
  readonly output: OutputFile;
  readonly signal: AbortSignal;
  /** Told how far it is, in octets. */
  readonly progress: (what: 'Reading' | 'Writing', done: number, of: number) => void;
}

/**
 * Writes a backup of the present moment into `output`, without its name yet: `keep` and `discard` are the caller's.
 * @throws Refused
 */
export async function makeBackup(options: BackupOptions): Promise<BackupOutcome> {
  const { data, follow, output, signal } = options;
  return withHeld(follow, signal, async (moment, going) => {
    const pieces = await openPieces(options, moment, going);
    try {
      const settings = await settingsPiece(data, moment);
      const manifest = manifestOf(pieces, settings);
      const lost = await write({ ...options, signal: going }, manifest, pieces, settings);
      const { users, collections, objects, time } = manifest;
      return { file: output.path, time, octets: output.octets(), users, collections, objects, lost };
    } finally {
      await pieces.close();
    }
  });
}

/** Does `work` while the moment is held; where the hold is lost, `going` is aborted. */
async function withHeld<T>(
  follow: Follower,
  signal: AbortSignal,
  work: (moment: Moment, going: AbortSignal) => Promise<T>,
): Promise<T> {
  const hold = (await follow('hold', null))[Symbol.asyncIterator]();
  const own = new AbortController();
  const lost = new Refused('the server ended while the backup was made: begin again');
  try {
    const first = await hold.next();
    if (first.done) throw lost;
    hold.next().then(
      () => own.abort(lost),
      () => own.abort(lost),
    );
    return await work(first.value, AbortSignal.any([signal, own.signal]));
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    // Over the socket it ends when the connection does.
    void hold.return?.().catch(() => undefined);
  }
}

async function openPieces(
  { data, progress }: BackupOptions,
  moment: Moment,
  signal: AbortSignal,
): Promise<Pieces> {
  const of = await journalSize(data);
  let done = 0;
  return storePieces(data, moment, (octets) => {
    signal.throwIfAborted();
    done += octets;
    progress('Reading', done, of);
  });
}

async function settingsPiece(data: string, { time }: Moment): Promise<Piece> {
  const bytes = await readFile(settingsFile(data));
  return { name: 'davd.json', size: bytes.length, modified: time, read: async () => [bytes] };
}

function manifestOf(pieces: Pieces, settings: Piece): Manifest {
  const { moment, users, collections, objects, files, octets } = pieces;
  return {
    format: FORMAT,
    davd: VERSION,
    store: moment.store,
    time: new Date(moment.time).toISOString(),
    users,
    collections,
    objects,
    files: files + 1,
    octets: octets + settings.size,
  };
}

async function write(
  { output, signal, progress }: BackupOptions,
  manifest: Manifest,
  pieces: Pieces,
  settings: Piece,
): Promise<readonly string[]> {
  let broken: unknown;
  output.stream.once('error', (error) => {
    broken = error;
  });
  let done = 0;
  const all = (function* () {
    yield settings;
    yield* pieces.all();
  })();
  const wrote = (octets: number): void => {
    done += octets;
    progress('Writing', done, manifest.octets);
  };
  try {
    return await writeArchive(manifest, all, output.stream, { signal, wrote });
  } catch (error) {
    signal.throwIfAborted();
    throw broken === undefined ? error : refused(output.path, broken);
  }
}
