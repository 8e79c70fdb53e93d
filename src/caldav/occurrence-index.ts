import process from 'node:process';
import type { Busy } from '../model/freebusy.ts';
import { busySpans, joinSpans, type Spans, spansOverlap } from '../model/spans.ts';
import type { TimeRange } from '../model/time-range.ts';
import { TooMuch } from '../model/work.ts';
import type { Zone } from '../model/zone.ts';
import type { CollectionId, Facts, Member, Store } from '../store/types.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import { type Entry, readEntries, writeEntries } from './occurrence-lines.ts';

/** Raised when the same bytes may give other spans. */
const SPANS_VERSION = 1;
/** Clock changes come with the runtime; so the index is another with each release of the tz database. */
const VERSION = `${SPANS_VERSION} ${process.versions['tz'] ?? ''} ${process.versions['icu'] ?? ''}`;

const DAY = 86_400_000;
/** Stretches begin and end at multiples of this, so that the next month is known with this one. */
const BLOCK = 92 * DAY;
/** Longer ones are looked up in the objects themselves. */
const LONGEST = 10 * 366 * DAY;
/** A question without an end is mostly answered by what comes next. */
const AHEAD = 366 * DAY;
/** Of what happens within this, all is known at once. */
const SHORT = 2 * 366 * DAY;
/** Numbers of all entries: some 40 MB. */
const MOST_NUMBERS = 4_000_000;
/** Numbers that an entry counts for besides its times. */
const ENTRY = 30;
/** Etags of objects that are not worth trying again. */
const MOST_HARD = 10_000;
/** Changes are kept in the cache when none came for so long, in ms. */
const STILL = 10_000;

type Known = Pick<Member, 'etag' | 'facts'>;
type Keep = Pick<Store, 'cached' | 'cache'>;

/** For an index that lives in memory only. */
export const NOTHING_KEPT: Keep = { cached: async () => undefined, cache: async () => undefined };

/**
 * When objects happen, by etag and so by their bytes: computed for the stretches of time that were asked for, held in
 * memory up to a bound, and kept in the store's cache from one start to the next.
 */
export class OccurrenceIndex {
  readonly #keep: Keep;
  readonly #evaluator: Evaluator;
  readonly #version: string;
  readonly #most: number;
  /** The one used last comes last. */
  readonly #calendars = new Map<CollectionId, CalendarIndex>();
  readonly #loading = new Map<CollectionId, Promise<CalendarIndex>>();
  readonly #timers = new Map<CollectionId, NodeJS.Timeout>();

  constructor(keep: Keep, evaluator: Evaluator, { version = VERSION, most = MOST_NUMBERS } = {}) {
    this.#keep = keep;
    this.#evaluator = evaluator;
    this.#version = version;
    this.#most = most;
  }

  /** That of one calendar, read from the cache where it is not in memory. */
  async of(collection: CollectionId): Promise<CalendarIndex> {
    const known = this.#calendars.get(collection);
    if (known) {
      this.#calendars.delete(collection);
      this.#calendars.set(collection, known);
      return known;
    }
    const loading = this.#loading.get(collection) ?? this.#load(collection);
    this.#loading.set(collection, loading);
    return loading.finally(() => this.#loading.delete(collection));
  }

  /** Keeps what isn't kept yet. */
  async close(): Promise<void> {
    for (const collection of this.#calendars.keys()) await this.#save(collection);
  }

  async #load(collection: CollectionId): Promise<CalendarIndex> {
    const bytes = await this.#keep.cached(nameOf(collection)).catch(() => undefined);
    const kept = bytes && (await readEntries(bytes));
    const calendar = new CalendarIndex(this.#evaluator, () => this.#changed(collection));
    if (kept?.version === this.#version) calendar.take(kept.entries);
    else if (kept) calendar.outdated(kept.entries);
    this.#calendars.set(collection, calendar);
    return calendar;
  }

  #changed(collection: CollectionId): void {
    this.#shrink(collection);
    clearTimeout(this.#timers.get(collection));
    const timer = setTimeout(() => void this.#save(collection).catch(() => undefined), STILL);
    this.#timers.set(collection, timer.unref());
  }

  /** Lets go what was used longest ago: whole calendars, then objects of the one that is left. */
  #shrink(current: CollectionId): void {
    let numbers = 0;
    for (const calendar of this.#calendars.values()) numbers += calendar.numbers;
    for (const [collection, calendar] of this.#calendars) {
      if (numbers <= this.#most) return;
      numbers -= calendar.numbers;
      if (collection === current) calendar.shrink(this.#most / 2);
      else void this.#save(collection).then(() => this.#calendars.delete(collection));
    }
  }

  async #save(collection: CollectionId): Promise<void> {
    clearTimeout(this.#timers.get(collection));
    this.#timers.delete(collection);
    const calendar = this.#calendars.get(collection);
    if (!calendar?.unsaved) return;
    calendar.unsaved = false;
    await this.#keep.cache(nameOf(collection), await writeEntries(this.#version, calendar.entries()));
  }
}

/** Name in the store's cache. */
function nameOf(collection: CollectionId): string {
  return `${collection}.occurrences`;
}

/** The part of the index that belongs to one calendar. */
export class CalendarIndex {
  /** Something is known that the cache doesn't have. */
  unsaved = false;
  readonly #entries = new Map<string, Entry>();
  /** Stretches of entries that were computed by other code or with another tz database. */
  readonly #outdated = new Map<string, Spans['stretch']>();
  /** Etags of what is not learned, whatever is asked: it would take too much, or is told otherwise. */
  readonly #hard = new Set<string>();
  readonly #evaluator: Evaluator;
  readonly #changed: () => void;
  #numbers = 0;

  constructor(evaluator: Evaluator, changed: () => void) {
    this.#evaluator = evaluator;
    this.#changed = changed;
  }

  /** How much memory it takes, in numbers. */
  get numbers(): number {
    return this.#numbers;
  }

  /** Whether a component of that name happens in a range; undefined where the index can't tell. */
  overlaps(member: Known, name: string, range: TimeRange, zone: Zone): boolean | undefined {
    const spans = this.#spans(member.etag, zone);
    if (spans === undefined) return undefined;
    if (spansOverlap(spans, name, range)) return true;
    return covers(spans, range, member.facts) ? false : undefined;
  }

  /** The times that an object takes from a range; undefined where the index can't tell. */
  busy(member: Known, range: TimeRange, zone: Zone): Busy[] | undefined {
    const spans = this.#spans(member.etag, zone);
    return spans && covers(spans, range, member.facts) ? busySpans(spans, range) : undefined;
  }

  /** Computes what is not known yet of an object for a range. Afterwards the index may be asked again. */
  async learn({ etag, facts }: Known, bytes: Uint8Array, range: TimeRange, zone: Zone): Promise<void> {
    const known = this.#spans(etag, zone);
    if (known && covers(known, range, facts)) return;
    const stretch = stretchFor(range, facts);
    if (stretch === undefined || this.#hard.has(etag)) return;
    const missing = known === undefined ? stretch : missingOf(known.stretch, stretch);
    const question = { bytes, stretch: missing, zone };
    const more = await this.#evaluator.ask('spans', question, 'quick').catch((error) => {
      if (error instanceof TooMuch) return null;
      throw error;
    });
    if (more === null) {
      if (this.#hard.size > MOST_HARD) this.#hard.clear();
      this.#hard.add(etag);
      return;
    }
    // What another request learned meanwhile may touch this no longer.
    const now = this.#spans(etag, zone);
    const spans = now && now === known ? joinSpans(now, more) : more;
    this.#put(etag, { spans, zone: spans.floats ? zone : null });
    this.unsaved = true;
    this.#changed();
  }

  /**
   * The ranges for which objects were known, by etag, before the code or the tz database changed: they are to be
   * computed again, by whoever takes them.
   */
  takeOutdated(): ReadonlyMap<string, TimeRange> {
    const ranges = new Map(
      [...this.#outdated].map(([etag, { from, to }]) => [etag, { start: from, end: to }]),
    );
    this.#outdated.clear();
    return ranges;
  }

  take(entries: Iterable<readonly [string, Entry]>): void {
    for (const [etag, entry] of entries) this.#put(etag, entry);
  }

  outdated(entries: Iterable<readonly [string, Entry]>): void {
    for (const [etag, { spans }] of entries) this.#outdated.set(etag, spans.stretch);
  }

  entries(): Iterable<readonly [string, Entry]> {
    return this.#entries;
  }

  shrink(most: number): void {
    for (const [etag, entry] of this.#entries) {
      if (this.#numbers <= most) return;
      this.#entries.delete(etag);
      this.#numbers -= ENTRY + entry.spans.times.length;
    }
  }

  #spans(etag: string, zone: Zone): Spans | undefined {
    const entry = this.#entries.get(etag);
    return entry && (entry.zone === null || entry.zone === zone) ? entry.spans : undefined;
  }

  #put(etag: string, entry: Entry): void {
    const before = this.#entries.get(etag);
    if (before) this.#numbers -= ENTRY + before.spans.times.length;
    this.#entries.delete(etag);
    this.#entries.set(etag, entry);
    this.#numbers += ENTRY + entry.spans.times.length;
  }
}

/** Whether all is known that could happen in a range. */
function covers({ stretch }: Spans, range: TimeRange, facts: Facts): boolean {
  return Math.max(range.start, facts.start) >= stretch.from && Math.min(range.end, facts.end) <= stretch.to;
}

/** For which time an object's spans are computed when a range is asked for; undefined where that would be too long. */
function stretchFor(range: TimeRange, facts: Facts): Spans['stretch'] | undefined {
  if (!facts.recurring || facts.end - facts.start < SHORT) return { from: -Infinity, to: Infinity };
  const start = Math.max(range.start, facts.start);
  const from = Math.floor(start / BLOCK) * BLOCK;
  const end = Math.min(range.end, facts.end);
  const to = Number.isFinite(end) ? Math.ceil(end / BLOCK) * BLOCK : Math.max(from, Date.now()) + AHEAD;
  return to - from <= LONGEST ? { from, to } : undefined;
}

/** What a known stretch lacks of a wanted one, as one stretch that touches it. */
function missingOf(known: Spans['stretch'], wanted: Spans['stretch']): Spans['stretch'] {
  if (wanted.from >= known.from) return { from: known.to, to: Math.max(wanted.to, known.to) };
  if (wanted.to <= known.to) return { from: wanted.from, to: known.from };
  return wanted;
}
