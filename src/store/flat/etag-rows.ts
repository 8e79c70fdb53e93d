import { ETAG } from './columns.ts';
import type { MemberTable } from './members.ts';

/** Octets of an etag that say where its row is looked for. */
const PLACE = 6;

/** Finds the members without facts by their etags, while the facts that were kept come in. */
export class EtagRows {
  readonly #members: MemberTable;
  /** The row behind the one found last: most facts were kept in the order of the rows. */
  #next = 0;
  /** Rows plus 1 at or after the place that their etag begins with, 0 for nothing. Made when the order first fails. */
  #slots: Int32Array | undefined;

  constructor(members: MemberTable) {
    this.#members = members;
  }

  /** Calls with the rows whose members have the etag at a place of a column: several members may have the same bytes. */
  each(etags: Buffer, place: number, take: (row: number) => void): void {
    if (this.#isAt(this.#next, etags, place)) take(this.#next++);
    else this.#search(etags, place, take);
  }

  #search(etags: Buffer, place: number, take: (row: number) => void): void {
    this.#slots ??= this.#placed();
    const last = this.#slots.length - 1;
    for (let at = placeOf(etags, place) & last; this.#slots[at] !== 0; at = (at + 1) & last) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (!this.#isAt(row, etags, place)) continue;
      take(row);
      this.#next = row + 1;
    }
  }

  #isAt(row: number, etags: Buffer, place: number): boolean {
    return this.#members.lacksFacts(row) && this.#members.hasEtag(row, etags, place);
  }

  /** Eight octets for each member. */
  #placed(): Int32Array {
    const members = this.#members;
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(members.unknown * 1.5 + 1)));
    const last = slots.length - 1;
    for (let row = 0; row < members.limit; row++) {
      if (!members.lacksFacts(row)) continue;
      let at = members.atEtag(row, placeOf) & last;
      while (slots[at] !== 0) at = (at + 1) & last;
      slots[at] = row + 1;
    }
    return slots;
  }
}

/** Etags are hashes, so any part of them spreads well. */
function placeOf(etags: Buffer, place: number): number {
  let spread = 0;
  const start = place * ETAG;
  for (let i = start; i < start + PLACE; i++) spread = Math.imul(spread, 67) + (etags[i] ?? 0);
  return spread >>> 0;
}
