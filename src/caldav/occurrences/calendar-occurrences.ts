import type { Busy } from '../../model/freebusy.ts';
import type { Window } from '../../model/occurrences.ts';
import { busySpans, joinSpans, type Spans, spansOverlap, spansWithin } from '../../model/spans.ts';
import type { TimeRange } from '../../model/time-range.ts';
import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import type { Member } from '../../store/types.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { QUICK } from '../evaluation/questions.ts';
import type { Entry } from './kept.ts';
import { ALL, areApart, covers, missingOf, nearby, stretchesAhead, stretchesFor } from './stretch.ts';

/** Octets of an entry besides those of its times. */
const ENTRY = 400;
/** Etags of objects that are not worth trying again. */
const MOST_HARD = 10_000;

type Known = Pick<Member, 'etag' | 'facts'>;

/** The part of the index that belongs to one calendar. */
export class CalendarOccurrences {
  /** Something is known that the cache doesn't have. */
  unsaved = false;
  /** Something was learned for a range alone, or is to be computed anew. */
  #unfinished = false;
  /** For which time what was to be computed ahead was. */
  #ahead: Window | undefined;
  #isComputing = false;
  readonly #entries = new Map<string, Entry>();
  /** Stretches of entries that were computed by other code or with another tz database. */
  readonly #outdated = new Map<string, Window>();
  /** By etag, the length of stretch for which it would take too much, or make too many. */
  readonly #hard = new Map<string, number>();
  readonly #evaluator: Evaluator;
  readonly #changed: () => void;
  #octets = 0;

  constructor(evaluator: Evaluator, changed: () => void) {
    this.#evaluator = evaluator;
    this.#changed = changed;
  }

  /** How much memory it takes. */
  get octets(): number {
    return this.#octets;
  }

  /** Whether a component of that name happens in a range; undefined where the index can't tell. */
  overlaps({ etag, facts }: Known, name: string, range: TimeRange, zone: Zone): boolean | undefined {
    if (areApart(range, facts)) return false;
    const spans = this.#spans(etag, zone);
    if (spans === undefined) return undefined;
    if (spansOverlap(spans, name, range)) return true;
    return covers(spans.stretch, range, facts) ? false : undefined;
  }

  /** The times that an object takes from a range; undefined where the index can't tell. */
  busy({ etag, facts }: Known, range: TimeRange, zone: Zone): Busy[] | undefined {
    if (areApart(range, facts)) return [];
    const spans = this.#spans(etag, zone);
    return spans && covers(spans.stretch, range, facts) ? busySpans(spans, range) : undefined;
  }

  /** What it takes to expand an object in a range without following its rules; undefined where the index can't tell. */
  exactSpans({ etag, facts }: Known, range: TimeRange, zone: Zone): Spans | undefined {
    const spans = this.#spans(etag, zone);
    return spans?.exact && covers(spans.stretch, range, facts) ? spansWithin(spans, range) : undefined;
  }

  /** Computes what is not known yet of an object for a range. Afterwards the index may be asked again. */
  async learn({ etag, facts }: Known, bytes: Uint8Array, range: TimeRange, zone: Zone): Promise<void> {
    const known = this.#spans(etag, zone);
    if (known && covers(known.stretch, range, facts)) return;
    for (const stretch of stretchesFor(range, facts)) {
      if (!(await this.#compute(etag, bytes, stretch, zone))) continue;
      this.#unfinished ||= facts.recurring;
      return;
    }
  }

  /**
   * Whether it is time to compute what will be asked next, now that a range was; `endAhead` tells that it is done.
   * @returns false also while that is going on
   */
  beginAhead(range: TimeRange): boolean {
    const { from, to } = nearby(range);
    const isKnown = this.#ahead && this.#ahead.from <= from && this.#ahead.to >= to;
    if (this.#isComputing || (isKnown && !this.#unfinished)) return false;
    this.#isComputing = true;
    this.#unfinished = false;
    const [stretch = ALL] = stretchesAhead(range, { start: -Infinity, end: Infinity, recurring: true });
    this.#ahead = isKnown && this.#ahead ? this.#ahead : stretch;
    return true;
  }

  /** The stretch for which an object is to be known then, if it is not. */
  wantedAhead({ etag, facts }: Known, range: TimeRange, zone: Zone): Window | undefined {
    const outdated = this.#outdated.get(etag);
    if (outdated) return outdated;
    if (!facts.recurring) return undefined;
    const wanted = stretchesAhead(range, facts).find((stretch) => this.#mayBeHad(etag, stretch));
    const known = this.#spans(etag, zone);
    const isKnown = wanted && known && covers(known.stretch, { start: wanted.from, end: wanted.to }, facts);
    return isKnown ? undefined : wanted;
  }

  /** Computes a stretch of an object. */
  async learnAhead({ etag }: Known, bytes: Uint8Array, stretch: Window, zone: Zone): Promise<void> {
    this.#outdated.delete(etag);
    await this.#compute(etag, bytes, stretch, zone);
  }

  take(entries: Iterable<readonly [string, Entry]>): void {
    for (const [etag, entry] of entries) this.#put(etag, entry);
  }

  /** Those of other code, or of another tz database, say only what is worth being computed. */
  outdated(entries: Iterable<readonly [string, Entry]>): void {
    for (const [etag, { spans }] of entries) this.#outdated.set(etag, spans.stretch);
    this.#unfinished = this.#outdated.size > 0;
  }

  entries(): Iterable<readonly [string, Entry]> {
    return this.#entries;
  }

  /** @param etags of all objects that there are: what is known of others is let go; undefined if that was not found out */
  endAhead(etags: ReadonlySet<string> | undefined): void {
    this.#isComputing = false;
    if (!etags) return;
    for (const etag of this.#entries.keys()) if (!etags.has(etag)) this.#drop(etag);
    this.#outdated.clear();
  }

  /** Lets go what was learned first, down to a number of octets. */
  shrink(most: number): void {
    for (const etag of this.#entries.keys()) {
      if (this.#octets <= most) return;
      this.#drop(etag);
    }
  }

  /** False where it is not worth it. */
  async #compute(etag: string, bytes: Uint8Array, stretch: Window, zone: Zone): Promise<boolean> {
    const known = this.#spans(etag, zone);
    const missing = known ? missingOf(known.stretch, stretch) : { stretch, joins: false };
    if (!this.#mayBeHad(etag, missing.stretch)) return false;
    const more = await this.#spansOf(etag, bytes, missing.stretch, zone);
    if (more === null) return false;
    // What another request learned meanwhile may touch this no longer.
    const joined = missing.joins && known && known === this.#spans(etag, zone);
    const spans = joined ? joinSpans(known, more) : more;
    this.#put(etag, { spans, zone: spans.floats ? zone : null });
    this.unsaved = true;
    this.#changed();
    return true;
  }

  async #spansOf(etag: string, bytes: Uint8Array, stretch: Window, zone: Zone): Promise<Spans | null> {
    try {
      const spans = await this.#evaluator.ask('spans', { bytes, stretch, zone }, QUICK);
      if (spans === null) this.#isHard(etag, stretch);
      return spans;
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      this.#isHard(etag, stretch);
      return null;
    }
  }

  #isHard(etag: string, { from, to }: Window): void {
    if (this.#hard.size > MOST_HARD) this.#hard.clear();
    this.#hard.set(etag, Math.min(to - from, this.#hard.get(etag) ?? Infinity));
  }

  #mayBeHad(etag: string, { from, to }: Window): boolean {
    const hard = this.#hard.get(etag);
    return hard === undefined || to - from < hard;
  }

  #spans(etag: string, zone: Zone): Spans | undefined {
    const entry = this.#entries.get(etag);
    return entry && (entry.zone === null || entry.zone === zone) ? entry.spans : undefined;
  }

  #put(etag: string, entry: Entry): void {
    this.#drop(etag);
    this.#entries.set(etag, entry);
    this.#octets += octetsOf(entry);
  }

  #drop(etag: string): void {
    const entry = this.#entries.get(etag);
    if (!entry) return;
    this.#entries.delete(etag);
    this.#octets -= octetsOf(entry);
  }
}

function octetsOf({ spans: { starts, lengths, partOf } }: Entry): number {
  const times = [starts, lengths, partOf].map((list) => (typeof list === 'number' ? 0 : list.byteLength));
  return times.reduce((sum, octets) => sum + octets, ENTRY);
}
