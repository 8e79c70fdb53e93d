import type { MemberTable } from './members.ts';

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

  /** Several members may have the same bytes. */
  *of(etag: string): Generator<number> {
    const last = this.#slots.length - 1;
    for (let at = placeOf(etag) & last; this.#slots[at] !== 0; at = (at + 1) & last) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (this.#members.lacksFacts(row) && this.#members.etagAt(row) === etag) yield row;
    }
  }

  #place(row: number): void {
    const last = this.#slots.length - 1;
    let at = placeOf(this.#members.etagAt(row)) & last;
    while (this.#slots[at] !== 0) at = (at + 1) & last;
    this.#slots[at] = row + 1;
  }
}

/** Etags are hashes, so any part of them spreads well. */
function placeOf(etag: string): number {
  let place = 0;
  for (let i = 0; i < 6; i++) place = Math.imul(place, 67) + etag.charCodeAt(i);
  return place >>> 0;
}
