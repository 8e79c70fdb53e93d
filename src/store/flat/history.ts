import type { PastChange, PastCollection, PastCommit, PastQuery, PastVersion } from '../history.ts';
import type { Properties, User } from '../types.ts';
import { placeOf } from './catalog.ts';
import type {
  Before,
  Binding,
  CollectionRecord,
  Entry,
  GoneEntry,
  MemberEntry,
  Place,
  Version,
} from './entries.ts';
import type { MayConcern, PastRecord, PastRecords } from './past-records.ts';
import type { Lost } from './vault.ts';

/** Bounds of one batch of versions. */
const BATCH_VERSIONS = 64;
const BATCH_OCTETS = 4 * 1024 * 1024;

const NONE: Properties = {};

/** The verbs of the store that read its past. */
export class HistoryReader {
  readonly #records: PastRecords;
  readonly #collection: (id: string) => CollectionRecord | undefined;

  /** @param collection what is known of a collection now: its owner and kind never change. */
  constructor(records: PastRecords, collection: (id: string) => CollectionRecord | undefined) {
    this.#records = records;
    this.#collection = collection;
  }

  async *commits(query: PastQuery): AsyncIterable<readonly PastCommit[]> {
    const { since = -Infinity, until = Infinity } = query;
    const mayConcern = concerning(query);
    for (const segment of await this.#records.segments()) {
      const begun = await this.#records.begun(segment);
      if (begun === undefined || begun < until) {
        for await (const page of this.#records.records(segment, mayConcern)) {
          const fitting = page.filter(({ record: { time } }) => time >= since && time < until);
          const commits = await Promise.all(fitting.map((one) => this.#commit(one)));
          const asked = commits.filter((commit) => fits(commit, query));
          if (asked.length > 0) yield asked;
        }
      }
      // Within a segment the clock may have jumped; what is in those before it is older.
      if (begun !== undefined && begun < since) return;
    }
  }

  async commit(id: string): Promise<PastCommit | undefined> {
    const place = placeOfId(id);
    const found = place && (await this.#records.record(...place));
    return found && this.#commit(found);
  }

  /** ms since 1970 UTC: from when on it is whole. */
  async begins(): Promise<number> {
    const oldest = (await this.#records.segments()).at(-1);
    if (oldest === undefined || (await this.#records.isFirst(oldest))) return -Infinity;
    return (await this.#records.begun(oldest)) ?? Infinity;
  }

  /** A commit that has just been made. */
  told(record: PastRecord): PastCommit {
    return this.#told(record, () => true);
  }

  async *versions(wanted: Iterable<PastVersion>): AsyncIterable<readonly (Uint8Array | undefined)[]> {
    let batch: PastVersion[] = [];
    let octets = 0;
    for (const version of wanted) {
      batch.push(version);
      octets += version.size;
      if (batch.length < BATCH_VERSIONS && octets < BATCH_OCTETS) continue;
      yield await this.bytes(batch);
      batch = [];
      octets = 0;
    }
    if (batch.length > 0) yield await this.bytes(batch);
  }

  /** Bytes in the order asked; undefined where they are no longer kept. */
  async bytes(versions: readonly PastVersion[]): Promise<(Uint8Array | undefined)[]> {
    const lost = await Promise.all(
      versions.map(async ({ etag, size, ref }): Promise<Lost | undefined> => {
        const at = placeOfRef(ref);
        return at && (await this.#records.keeps(at, etag)) ? { etag, size, at } : undefined;
      }),
    );
    const found = (await this.#records.bytes(lost.filter((one) => one !== undefined))).values();
    return lost.map((one) => (one ? found.next().value : undefined));
  }

  async #commit(one: PastRecord): Promise<PastCommit> {
    const kept = new Map<string, boolean>();
    for (const version of one.record.changes.flatMap(versionsOf)) {
      const place = placeOf(version.at, one);
      kept.set(refOf(place), await this.#records.keeps(place, version.etag));
    }
    return this.#told(one, (ref) => kept.get(ref) ?? false);
  }

  #told({ record, segment, body }: PastRecord, isKept: (ref: string) => boolean): PastCommit {
    const { time, by, changes } = record;
    const version = (one: Before): PastVersion => {
      const ref = refOf(placeOf(one.at, { segment, body }));
      const { etag, size, created = time, properties = NONE } = one;
      return { etag, size, created, properties, ref, kept: isKept(ref) };
    };
    const collections = collectionsTold(changes, this.#collection);
    const told = changes.flatMap((entry): PastChange | [] => {
      switch (entry.set) {
        case 'member':
          return member(entry, version(entry), entry.was && version(entry.was), entry.from);
        case 'gone':
          return member(entry, undefined, entry.was && version(entry.was), entry.to);
        case 'found':
          return { of: 'overtaken', collection: entry.in, name: entry.name, version: version(entry) };
        case 'user':
          return user(entry.user.id, entry.was, entry.user);
        case 'no-user':
          return user(entry.user, entry.was, undefined);
        default:
          return collections.get(entry) ?? [];
      }
    });
    return { id: idOf(segment, body), time, ...(by && { by }), changes: told };
  }
}

function member(
  { in: collection, name }: MemberEntry | GoneEntry,
  after: PastVersion | undefined,
  before: PastVersion | undefined,
  other: readonly [collection: string, name: string] | undefined,
): PastChange {
  return {
    of: 'member',
    collection,
    name,
    before: before ?? null,
    after: after ?? null,
    ...(other && { other: { collection: other[0], name: other[1] } }),
  };
}

function user(id: string, before: User | undefined, after: User | undefined): PastChange {
  return { of: 'user', user: id, before: before ?? null, after: after ?? null };
}

/** A collection's record and its name, as several entries of a commit change them. */
interface Told {
  /** Where it is told. */
  readonly at: Entry;
  records?: { readonly before: CollectionRecord | undefined; after: CollectionRecord };
  before?: Binding;
  after?: Binding;
  count?: number;
}

/** What becomes of collections in a commit: one change for each, at the first entry that says something of it. */
function collectionsTold(
  entries: readonly Entry[],
  known: (id: string) => CollectionRecord | undefined,
): ReadonlyMap<Entry, PastChange> {
  const all = new Map<string, Told>();
  const tell = (id: string, at: Entry): Told => {
    const told = all.get(id) ?? { at };
    all.set(id, told);
    return told;
  };
  for (const entry of entries) {
    if (entry.set === 'collection') {
      const told = tell(entry.collection.id, entry);
      if (told.records) told.records.after = entry.collection;
      else told.records = { before: entry.was, after: entry.collection };
      if (entry.count !== undefined) told.count = entry.count;
    } else if (entry.set === 'binding' && entry.binding.access === 'owner') {
      const told = tell(entry.binding.collection, entry);
      if (entry.was && !told.after) told.before ??= entry.was;
      told.after = entry.binding;
    } else if (entry.set === 'unbound' && entry.was?.access === 'owner') {
      const told = tell(entry.was.collection, entry);
      if (!told.after) told.before ??= entry.was;
      delete told.after;
    }
  }
  const changes = new Map<Entry, PastChange>();
  for (const [id, told] of all) {
    const now = told.records?.after ?? known(id);
    if (!now) continue;
    const { before: was, after: is } = told.records ?? { before: now, after: now };
    const before = pastCollection(was, told.before);
    const after = is.trashed === undefined ? pastCollection(is, told.after) : null;
    const { at, count } = told;
    changes.set(at, {
      of: 'collection',
      collection: id,
      before,
      after,
      ...(count !== undefined && { count }),
    });
  }
  return changes;
}

function pastCollection(
  record: CollectionRecord | undefined,
  binding: Binding | undefined,
): PastCollection | null {
  if (!record || !binding) return null;
  const { owner, kind, components, properties, protected: isProtected } = record;
  const { name, properties: own } = binding;
  return { owner, kind, name, components, properties, own, protected: isProtected };
}

function versionsOf(entry: Entry): readonly Version[] {
  if (entry.set === 'found') return [entry];
  if (entry.set === 'member') return entry.was ? [entry, entry.was] : [entry];
  return entry.set === 'gone' && entry.was ? [entry.was] : [];
}

function fits({ changes }: PastCommit, { of, member: name }: PastQuery): boolean {
  if (!of && name === undefined) return true;
  return changes.some((change) => {
    if (name !== undefined && !('name' in change && change.name === name)) return false;
    return !of || idsOf(change).some((id) => of.includes(id));
  });
}

/** The collection or user that a change is about, and whose the collection is. */
function idsOf(change: PastChange): readonly string[] {
  if (change.of === 'user') return [change.user];
  const owner = change.of === 'collection' ? (change.after ?? change.before)?.owner : undefined;
  return owner === undefined ? [change.collection] : [change.collection, owner];
}

/** Looks for the names as they stand in JSON. */
function concerning({ of, member: name }: PastQuery): MayConcern {
  const ids = of?.map((id) => Buffer.from(JSON.stringify(id)));
  const text = name === undefined ? undefined : Buffer.from(JSON.stringify(name));
  return (json) => (!ids || ids.some((id) => json.includes(id))) && (!text || json.includes(text));
}

/** Where the record stands, in letters and digits. */
function idOf(segment: number, body: number): string {
  return `${segment.toString(36)}-${body.toString(36)}`;
}

function placeOfId(id: string): Place | undefined {
  const [, segment = '', body = ''] = /^([0-9a-z]{1,7})-([0-9a-z]{1,7})$/.exec(id.toLowerCase()) ?? [];
  return segment === '' ? undefined : [Number.parseInt(segment, 36), Number.parseInt(body, 36)];
}

function refOf(place: Place): string {
  return place.join(':');
}

export function placeOfRef(ref: string): Place | undefined {
  const [, segment, offset] = /^(-?\d{1,10}):(\d{1,10})$/.exec(ref) ?? [];
  return segment === undefined ? undefined : [Number(segment), Number(offset)];
}
