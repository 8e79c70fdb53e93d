import process from 'node:process';
import type { Access } from '../dav/access.ts';
import type { Granted, ObjectResource, ResourceOf } from '../dav/resource.ts';
import { cardText } from '../model/card-text.ts';
import { Slices } from '../slices.ts';
import type { CollectionId, Store, SyncToken } from '../store/types.ts';
import { readTexts, writeTexts } from './search-lines.ts';
import { SearchTexts } from './search-texts.ts';

type Book = Granted<ResourceOf<'addressbook'>>;
type Keep = Pick<Store, 'cached' | 'cache'>;

/** Raised when the same cards may give other texts. */
const TEXTS_VERSION = 1;
/** How letters fold comes with the runtime. */
const VERSION = `${TEXTS_VERSION} ${process.versions['unicode'] ?? ''}`;
/** Octets of all texts in memory. */
const MOST = 32 * 1024 * 1024;
/** Books with more cards than this are looked through card by card: their texts would take it all. */
const MOST_CARDS = 100_000;
const PAGE = 500;
/** Changes are kept in the cache when none came for so long, in ms. */
const STILL = 10_000;

/** For an index that lives in memory only. */
export const NOTHING_KEPT: Keep = { cached: async () => undefined, cache: async () => undefined };

/** What cards of one book say, as of a token of it. */
interface Known {
  texts: SearchTexts;
  token: SyncToken | null;
  /** What the cache has is older. */
  unsaved: boolean;
}

/**
 * The words of the cards of address books: made when somebody first searches a book, brought up to date with what changed
 * since at each search, held in memory up to a bound, and kept in the store's cache from one start to the next.
 */
export class SearchIndex {
  readonly #keep: Keep;
  readonly #most: number;
  /** The one used last comes last. */
  readonly #books = new Map<CollectionId, Known>();
  /** One at a time brings a book up to date. */
  readonly #turns = new Map<CollectionId, Promise<unknown>>();
  readonly #timers = new Map<CollectionId, NodeJS.Timeout>();

  constructor(keep: Keep, { most = MOST } = {}) {
    this.#keep = keep;
    this.#most = most;
  }

  /** Names of cards that may have one of the texts; undefined for a book that is too large to tell. */
  async find(book: Book, texts: readonly string[], access: Access): Promise<ReadonlySet<string> | undefined> {
    const { id, count } = book.collection;
    if (count > MOST_CARDS) return undefined;
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(() => this.#current(book, access));
    this.#turns.set(
      id,
      turn.catch(() => undefined),
    );
    return (await turn).texts.find(texts);
  }

  /** Keeps what isn't kept yet. */
  async close(): Promise<void> {
    for (const collection of this.#books.keys()) await this.#save(collection);
  }

  async #current(book: Book, access: Access): Promise<Known> {
    const { id } = book.collection;
    const known = this.#books.get(id) ?? (await this.#load(id));
    this.#books.delete(id);
    this.#books.set(id, known);
    if (known.token === book.collection.token) return known;
    for (;;) {
      const changes = await access.changedSince(book, known.token, PAGE);
      if (changes === 'invalid-token') {
        known.texts = new SearchTexts();
        known.token = null;
        continue;
      }
      for (const name of changes.removed) known.texts.delete(name);
      for await (const page of changes.changed) await learn(known, page, access);
      known.token = changes.token;
      known.unsaved = true;
      if (!changes.truncated) break;
    }
    known.texts = known.texts.packed();
    this.#changed(id);
    return known;
  }

  async #load(collection: CollectionId): Promise<Known> {
    const bytes = await this.#keep.cached(nameOf(collection)).catch(() => undefined);
    const kept = bytes && (await readTexts(bytes, VERSION));
    return { texts: kept?.texts ?? new SearchTexts(), token: kept?.token ?? null, unsaved: false };
  }

  #changed(collection: CollectionId): void {
    this.#shrink(collection);
    clearTimeout(this.#timers.get(collection));
    const timer = setTimeout(() => void this.#save(collection).catch(() => undefined), STILL);
    this.#timers.set(collection, timer.unref());
  }

  /** Lets go of the books that were searched longest ago. */
  #shrink(current: CollectionId): void {
    let octets = 0;
    for (const { texts } of this.#books.values()) octets += texts.size;
    for (const [collection, { texts }] of this.#books) {
      if (octets <= this.#most || collection === current) return;
      octets -= texts.size;
      void this.#save(collection)
        .catch(() => undefined)
        .then(() => this.#books.delete(collection));
    }
  }

  async #save(collection: CollectionId): Promise<void> {
    clearTimeout(this.#timers.get(collection));
    this.#timers.delete(collection);
    const known = this.#books.get(collection);
    if (!known?.unsaved || known.token === null) return;
    known.unsaved = false;
    await this.#keep.cache(nameOf(collection), await writeTexts(VERSION, known.token, known.texts));
  }
}

/** Name in the store's cache. */
function nameOf(collection: CollectionId): string {
  return `${collection}.words`;
}

async function learn(
  { texts }: Known,
  cards: readonly Granted<ObjectResource>[],
  access: Access,
): Promise<void> {
  const slices = new Slices();
  for await (const batch of access.contents(cards)) {
    for (const card of batch) {
      if (card?.bytes) texts.set(card.member.name, cardText(card.bytes));
      if (slices.over) await slices.pause();
    }
  }
}
