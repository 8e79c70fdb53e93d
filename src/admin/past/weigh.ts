/** What members an undo can put back, and what they are called. */

import { type Headline, headlineOf } from '../../model/headline.ts';
import { Slices } from '../../slices.ts';
import type { PastVersion } from '../../store/history.ts';
import type { Change, Expect, Store } from '../../store/types.ts';
import { isSameClient } from './authors.ts';
import type { Places } from './places.ts';
import type { MemberStep, Skip, Undo } from './undo-plan.ts';

/** A change that puts a member back. */
export interface Weighed {
  readonly step: Omit<MemberStep, 'undoes'>;
  readonly headline: Headline;
  readonly change: Change;
  /** It is in the way of what comes back under this name. */
  readonly for?: string;
}

/** Something that is left as it is. */
export type Left = Omit<Skip, 'why'> & {
  readonly why: Skip['why'] | 'UID taken' | 'name taken' | 'a new user';
  readonly headline?: Headline;
  /** What has the UID or the name. */
  readonly taker?: string;
};

export interface WeighedMembers {
  /** They come first: they free the UIDs of what comes back. */
  readonly removals: readonly Weighed[];
  readonly returns: readonly Weighed[];
  readonly left: readonly Left[];
}

export interface WeighOptions {
  /** What has the UID of something that comes back is removed, whoever made it. */
  readonly replace: boolean;
  /** Who has the UID that a step needs, where only the store could tell; by `memberKey`. */
  readonly holders: ReadonlyMap<string, string>;
}

export function memberKey({ collection, name }: Pick<MemberStep, 'collection' | 'name'>): string {
  return `${collection}/${name}`;
}

/**
 * Reads what comes back, and sees whether its UID is free. What has it by now goes if it was made by the client whose change
 * is undone; else what would come back is left.
 */
export class Weighing {
  readonly #store: Store;
  readonly #places: Places;
  readonly #undo: Undo;
  readonly #options: WeighOptions;
  readonly #steps: ReadonlyMap<string, MemberStep>;
  readonly #removals = new Map<string, Weighed>();
  readonly #returns: Weighed[] = [];
  readonly #left: Left[] = [];
  readonly #claimed = new Map<string, string>();

  constructor(
    store: Store,
    places: Places,
    undo: Undo,
    members: readonly MemberStep[],
    options: WeighOptions,
  ) {
    this.#store = store;
    this.#places = places;
    this.#undo = undo;
    this.#options = options;
    this.#steps = new Map(members.map((step) => [memberKey(step), step]));
  }

  async run(): Promise<WeighedMembers> {
    const slices = new Slices();
    const steps = [...this.#steps.values()];
    const contents = headlines(
      this.#store,
      steps.map(({ now, to }) => to ?? now),
    );
    let at = 0;
    for await (const headline of contents) {
      const step = steps[at++];
      if (step) await this.#weigh(step, headline);
      if (slices.over) await slices.pause();
    }
    return {
      removals: [...this.#removals.values()],
      returns: this.#returns.map(this.#cleared),
      left: this.#left,
    };
  }

  async #weigh(step: MemberStep, headline: Headline | undefined): Promise<void> {
    const { collection, name, now, to } = step;
    if (!to) {
      if (now) this.#remove(step, now, headline ?? NONE);
      return;
    }
    if (!headline) {
      this.#leave(step, 'not kept', NONE);
      return;
    }
    const claim = `${collection}/${headline.uid}`;
    const rival = headline.uid === null ? undefined : this.#claimed.get(claim);
    const taker = rival ?? (await this.#taker(step, headline));
    if (taker !== undefined) {
      this.#leave(step, 'UID taken', headline, taker);
      return;
    }
    this.#claimed.set(claim, name);
    const expect: Expect = now ? { match: [now.etag] } : { noneMatch: '*' };
    this.#returns.push({ step, headline, change: { do: 'recall', collection, name, version: to, expect } });
  }

  /** Who keeps the UID: undefined where it is free, or will be. */
  async #taker(step: MemberStep, headline: Headline): Promise<string | undefined> {
    const name = await this.#holder(step, headline);
    if (name === undefined) return undefined;
    const other = { collection: step.collection, name };
    const planned = this.#steps.get(memberKey(other));
    if (planned) {
      // It gets another UID than it has: it is removed before, and so comes back.
      if (planned.to && planned.now) this.#remove(planned, planned.now, headline);
      return undefined;
    }
    const member = await this.#store.member(this.#view(step), name);
    // In a collection that comes back itself it can't be looked at yet.
    if (!member && !this.#options.holders.has(memberKey(step))) return undefined;
    const maker = this.#undo.makerOf(step.collection, name);
    const isTheirs = maker !== undefined && isSameClient(maker, step.undoes.by);
    if (!this.#options.replace && !isTheirs) return name;
    this.#remove({ ...other, now: null, to: null }, member, headline, step.name);
    return undefined;
  }

  async #holder(step: MemberStep, { uid }: Headline): Promise<string | undefined> {
    const told = this.#options.holders.get(memberKey(step));
    if (told !== undefined || uid === null) return told;
    const found = await this.#store.memberByUid(this.#view(step), uid);
    return found?.name === step.name ? undefined : found?.name;
  }

  #view({ collection }: Pick<MemberStep, 'collection'>) {
    return { id: collection, viewer: this.#places.collection(collection)?.owner ?? '' };
  }

  #remove(
    step: Weighed['step'],
    version: Pick<PastVersion, 'etag'> | undefined,
    headline: Headline,
    forName?: string,
  ): void {
    const { collection, name } = step;
    const change: Change = {
      do: 'delete',
      collection,
      name,
      expect: { match: version ? [version.etag] : '*' },
    };
    const weighed = { step, headline, change, ...(forName !== undefined && { for: forName }) };
    this.#removals.set(memberKey(step), weighed);
  }

  #leave({ collection, name }: MemberStep, why: Left['why'], headline: Headline, taker?: string): void {
    const thing = { of: 'member', collection, name } as const;
    this.#left.push({ thing, why, headline, ...(taker !== undefined && { taker }) });
  }

  /** What is removed first is expected to be gone. */
  readonly #cleared = (one: Weighed): Weighed => {
    const { step, change } = one;
    if (change.do !== 'recall' || !this.#removals.has(memberKey(step))) return one;
    return { ...one, change: { ...change, expect: { noneMatch: '*' } } };
  };
}

/** Things that a plan leaves, with what they are called. */
export async function withHeadlines(store: Store, skipped: readonly Skip[]): Promise<Left[]> {
  const found = headlines(
    store,
    skipped.map(({ version }) => version ?? null),
  );
  const left: Left[] = [];
  for await (const headline of found) {
    const skip = skipped[left.length];
    if (skip) left.push({ ...skip, ...(headline && { headline }) });
  }
  return left;
}

const NONE: Headline = headlineOf(new Uint8Array());

/** Of versions, in their order; undefined where there is none or its bytes are gone. */
async function* headlines(
  store: Store,
  versions: readonly (PastVersion | null)[],
): AsyncGenerator<Headline | undefined> {
  const asked = versions.filter((version) => version !== null);
  const batches = store.versions(asked)[Symbol.asyncIterator]();
  let batch: readonly (Uint8Array | undefined)[] = [];
  let at = 0;
  for (const version of versions) {
    if (version && at === batch.length) {
      batch = (await batches.next()).value ?? [];
      at = 0;
    }
    const bytes = version ? batch[at++] : undefined;
    yield bytes && headlineOf(bytes);
  }
}
