/** What a store is in a backup: files, of which some make it again and the others are for people to read. */

import type { Moment } from './types.ts';

export interface Piece {
  /** Path below the data folder, with `/` between. */
  readonly name: string;
  /** Octets. */
  readonly size: number;
  /** ms since 1970 UTC */
  readonly modified: number;
  /** Exactly `size` octets; undefined where they are lost. */
  read(): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array> | undefined>;
}

export interface Totals {
  readonly users: number;
  /** Without removed ones. */
  readonly collections: number;
  readonly objects: number;
}

/** A moment of the store, read from the disk by whoever may read the data folder. */
export interface Pieces extends Totals {
  readonly moment: Moment;
  readonly files: number;
  /** Of all pieces. */
  readonly octets: number;
  all(): Iterable<Piece>;
  close(): Promise<void>;
}
