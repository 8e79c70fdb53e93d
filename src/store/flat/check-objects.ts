import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Slices } from '../../slices.ts';
import type { CheckStep, Finding } from '../finding.ts';
import type { Facts, FactsOf, Kind } from '../types.ts';
import { baseFile } from './base.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Disk } from './disk.ts';
import type { Place } from './entries.ts';
import { segmentFile } from './journal.ts';
import type { Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import { etagOfAny } from './record.ts';
import type { Vault, Wanted } from './vault.ts';

export interface ObjectCheckParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly vault: Vault;
  readonly factsOf: FactsOf;
  readonly wanted: (collection: CollectionState, name: string, member: MemberState) => Wanted;
  /** Told of a base file that has to be made anew. */
  readonly broken: (base: number) => void;
}

const STEPS = 100;
/** Octets of an object that is parsed once more; the rest would hold the event loop. */
const PARSED = 64 * 1024;
const WORDS: Readonly<Record<Kind, string>> = { calendar: 'a calendar object', addressbook: 'a card' };

/** Reads every object from the journal area, and compares what is known of its contents with them. */
export async function* checkObjects(parts: ObjectCheckParts, repair: boolean): AsyncGenerator<CheckStep> {
  const check = new ObjectCheck(parts, repair);
  const collections = [...parts.catalog.collections.values()];
  const of = collections.reduce((sum, { members }) => sum + members.count, 0);
  let done = 0;
  for (const collection of collections) {
    const uids = new Map<string, string>();
    const slices = new Slices();
    for (const name of [...collection.members.names()]) {
      if (done++ % STEPS === 0) yield { progress: { what: 'objects', done, of } };
      for (const finding of await check.member(collection, name, uids)) yield { finding };
      if (slices.over) await slices.pause();
    }
  }
}

class ObjectCheck {
  readonly #parts: ObjectCheckParts;
  readonly #repair: boolean;

  constructor(parts: ObjectCheckParts, repair: boolean) {
    this.#parts = parts;
    this.#repair = repair;
  }

  /** @param uids of the collection's members before it. */
  async member(collection: CollectionState, name: string, uids: Map<string, string>): Promise<Finding[]> {
    const { vault, wanted } = this.#parts;
    const { members } = collection;
    for (;;) {
      const state = members.get(name);
      if (!state) return [];
      const bytes = await vault.stored(wanted(collection, name, state));
      const now = members.get(name);
      // Changed, or packed into a base file meanwhile.
      if (now?.seq !== state.seq || !isDeepStrictEqual(now.at, state.at)) continue;
      if (!bytes) return [await this.#damaged(collection, name, state)];
      return [
        ...this.#contents(collection, name, state, bytes),
        ...this.#repeated(collection, name, members.get(name)?.facts?.uid ?? null, uids),
      ];
    }
  }

  async #damaged(collection: CollectionState, name: string, state: MemberState): Promise<Finding> {
    const { disk, wanted } = this.#parts;
    const file = wanted(collection, name, state).file();
    const where = this.#fileOf(state.at);
    const object = this.#below(file);
    const bytes = await disk.readFile(file).catch(() => undefined);
    if (!bytes || (await etagOfAny(bytes)) !== state.etag) {
      const what = `the bytes of ${object} have changed, and its file has others: restore it from a backup`;
      return { kind: 'damaged', where, what };
    }
    const what = `the bytes of ${object} have changed; its file still has them`;
    const mended = this.#repair && (await this.#mend(state, bytes));
    return { kind: 'damaged', where, what, ...(mended && { repaired: 'written again from the file' }) };
  }

  /** The very octets that stood there: nothing else of the segment is touched. */
  async #mend({ at: [segment, offset] }: MemberState, bytes: Uint8Array): Promise<boolean> {
    const { disk, layout, broken } = this.#parts;
    if (segment < 0) {
      broken(-segment);
      return true;
    }
    const open = await disk.open(segmentFile(layout.journal, segment), 'durable');
    try {
      if (!open || (await open.size()) < offset + bytes.length) return false;
      await open.write([bytes], offset);
      return true;
    } finally {
      await open?.close();
    }
  }

  /** @returns what is wrong with what the bytes say. */
  #contents(collection: CollectionState, name: string, state: MemberState, bytes: Uint8Array): Finding[] {
    const { factsOf, wanted } = this.#parts;
    const { record, members } = collection;
    const where = this.#below(wanted(collection, name, state).file());
    const { facts } = state;
    const found: Finding[] = [];
    if (facts && bytes.length <= PARSED) {
      const read = factsOf(record.kind, bytes);
      if (!isDeepStrictEqual(read, facts)) {
        const what = 'what is known of its contents is not what its bytes say';
        found.push({ kind: 'different', where, what, ...this.#learn(collection, name, state, read) });
      }
    }
    if (members.get(name)?.facts?.component === '') {
      found.push({ kind: 'unreadable', where, what: `it can not be read as ${WORDS[record.kind]}` });
    }
    return found;
  }

  #learn({ members, uncached }: CollectionState, name: string, { etag }: MemberState, facts: Facts) {
    if (!this.#repair) return {};
    members.setFacts(name, etag, facts);
    uncached.add(name);
    return { repaired: 'worked out again' };
  }

  #repeated(
    collection: CollectionState,
    name: string,
    uid: string | null,
    uids: Map<string, string>,
  ): Finding[] {
    if (uid === null) return [];
    const other = uids.get(uid);
    if (other === undefined || collection.members.get(other)?.facts?.uid !== uid) {
      uids.set(uid, name);
      return [];
    }
    const state = collection.members.get(name);
    if (!state) return [];
    const where = this.#below(this.#parts.wanted(collection, name, state).file());
    return [
      { kind: 'duplicate', where, what: `"${other}" has the same UID; devices see one of them at most` },
    ];
  }

  #fileOf([source]: Place): string {
    const { journal } = this.#parts.layout;
    return this.#below(source > 0 ? segmentFile(journal, source) : baseFile(journal, -source));
  }

  #below(file: string): string {
    return path.relative(this.#parts.layout.root, file);
  }
}
