import { ETAG } from './columns.ts';
import type { MemberTable } from './members.ts';

/** Octets of an etag that say where its row is looked for. */
const PLACE = 6;

/** Finds the members without facts by their etags, while the facts that were kept come in; eight octets for each. */
export class EtagRows {
  readonly #members: MemberTable;
  /** Rows plus 1 at or after the place that their etag begins with, 0 for nothing. */
  readonly #slots: Int32Array;

  constructor(members: MemberTable) {
    this.#members = members;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(members.unknown * 1.5 + 1)));
    for (let row = 0; row < members.limit; row++) if (members.lacksFacts(row)) this.#place(row);
  }

  /** Calls with each row whose member has the etag at a place of a column: several members may have the same bytes. */
  each(etags: Buffer, place: number, take: (row: number) => void): void {
    const last = this.#slots.length - 1;
    for (let at = placeOf(etags, place) & last; this.#slots[at] !== 0; at = (at + 1) & last) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (this.#members.lacksFacts(row) && this.#members.hasEtag(row, etags, place)) take(row);
    }
  }

  #place(row: number): void {
    const last = this.#slots.length - 1;
    let at = placeOf(Buffer.from(this.#members.etagAt(row), 'latin1'), 0) & last;
    while (this.#slots[at] !== 0) at = (at + 1) & last;
    this.#slots[at] = row + 1;
  }
}

/** Etags are hashes, so any part of them spreads well. */
function placeOf(etags: Buffer, place: number): number {
  let spread = 0;
  for (let i = 0; i < PLACE; i++) spread = Math.imul(spread, 67) + (etags[place * ETAG + i] ?? 0);
  return spread >>> 0;
}
