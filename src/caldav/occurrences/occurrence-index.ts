import process from 'node:process';
import type { CollectionId, Store } from '../../store/types.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { CalendarOccurrences } from './calendar-occurrences.ts';
import { readKept, writeKept } from './kept.ts';

/** Raised when the same bytes may give other spans. */
const SPANS_VERSION = 2;
/** Clock changes come with the runtime; so the index is another with each release of the tz database. */
const VERSION = `${SPANS_VERSION} ${process.versions['tz'] ?? ''} ${process.versions['icu'] ?? ''}`;

/** Octets of all calendars. */
const MOST = 40_000_000;
/** Changes are kept in the cache when none came for so long, in ms. */
const STILL = 10_000;

type Keep = Pick<Store, 'cached' | 'cache'>;

/** For an index that lives in memory only. */
export const NOTHING_KEPT: Keep = { cached: async () => undefined, cache: async () => undefined };

/**
 * When objects happen, by etag and so by their bytes: computed for the stretches of time that were asked for, and then
 * for those around them; held in memory up to a bound, and kept in the store's cache from one start to the next.
 */
export class OccurrenceIndex {
  readonly #keep: Keep;
  readonly #evaluator: Evaluator;
  readonly #version: string;
  readonly #most: number;
  /** The one used last comes last. */
  readonly #calendars = new Map<CollectionId, CalendarOccurrences>();
  readonly #loading = new Map<CollectionId, Promise<CalendarOccurrences>>();
  readonly #timers = new Map<CollectionId, NodeJS.Timeout>();

  constructor(keep: Keep, evaluator: Evaluator, { version = VERSION, most = MOST } = {}) {
    this.#keep = keep;
    this.#evaluator = evaluator;
    this.#version = version;
    this.#most = most;
  }

  /** That of one calendar, read from the cache where it is not in memory. */
  async of(collection: CollectionId): Promise<CalendarOccurrences> {
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

  async #load(collection: CollectionId): Promise<CalendarOccurrences> {
    const bytes = await this.#keep.cached(nameOf(collection)).catch(() => undefined);
    const kept = bytes && (await readKept(bytes));
    const calendar = new CalendarOccurrences(this.#evaluator, () => this.#changed(collection));
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
    let octets = 0;
    for (const calendar of this.#calendars.values()) octets += calendar.octets;
    for (const [collection, calendar] of this.#calendars) {
      if (octets <= this.#most) return;
      octets -= calendar.octets;
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
    await this.#keep.cache(nameOf(collection), await writeKept(this.#version, calendar.entries()));
  }
}

/** Name in the store's cache. */
function nameOf(collection: CollectionId): string {
  return `${collection}.occurrences`;
}
