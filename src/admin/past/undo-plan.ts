/** What to do so that things are again what they were before some changes. Pure: history in, steps out. */

import { isDeepStrictEqual } from 'node:util';
import { Slices } from '../../slices.ts';
import type { PastChange, PastCollection, PastCommit, PastVersion } from '../../store/history.ts';
import type { Author, CollectionId, PropertyName, PropertyPatch, User, UserId } from '../../store/types.ts';

/** Which commit did something. */
export type Blame = Pick<PastCommit, 'id' | 'time' | 'by'>;

/** Something that is put back, or left, by itself. */
export type Thing =
  | { readonly of: 'member'; readonly collection: CollectionId; readonly name: string }
  /** Whether the collection is there. */
  | { readonly of: 'collection'; readonly collection: CollectionId }
  /** Its name, colour, … */
  | { readonly of: 'part'; readonly collection: CollectionId; readonly part: Part }
  | { readonly of: 'user'; readonly user: UserId }
  | { readonly of: 'user-part'; readonly user: UserId; readonly part: UserPart };

/** `own:` are properties of the owner's binding. */
export type Part = 'name' | 'components' | 'protected' | PropertyName | `own:${PropertyName}`;
/** Passwords and devices stay what they are: who took one back would open a door that somebody closed. */
export type UserPart = (typeof USER_PARTS)[number];
const USER_PARTS = [
  'name',
  'aliases',
  'displayName',
  'addresses',
  'locale',
  'timeZone',
  'disabled',
  'properties',
] as const;

export interface MemberStep {
  readonly collection: CollectionId;
  readonly name: string;
  /** As it is, and as it was and is to be again; null: not there. */
  readonly now: PastVersion | null;
  readonly to: PastVersion | null;
  /** What is taken back at last. */
  readonly undoes: Blame;
}

export interface CollectionStep {
  readonly collection: CollectionId;
  readonly undoes: Blame;
  /** 'restore' with what it was when it went; 'remove' with what it is. */
  readonly presence?: { readonly do: 'restore' | 'remove'; readonly as: PastCollection };
  readonly name?: { readonly now: string; readonly to: string };
  readonly components?: readonly string[];
  readonly protected?: boolean;
  readonly properties: PropertyPatch;
  /** Of the owner's binding. */
  readonly own: PropertyPatch;
}

export interface UserStep {
  readonly user: UserId;
  readonly undoes: Blame;
  readonly presence?: { readonly do: 'restore' | 'remove'; readonly as: User };
  readonly parts: Partial<Pick<User, UserPart>>;
}

export interface Skip {
  readonly thing: Thing;
  /** Changed or filled by somebody else since; not in a collection or of a user that is there; no longer kept. */
  readonly why: 'changed since' | 'in use' | 'no place' | 'not kept';
  readonly since?: Blame;
  /** For its title, where it is a member. */
  readonly version?: PastVersion | null;
}

export interface UndoPlan {
  readonly users: readonly UserStep[];
  readonly collections: readonly CollectionStep[];
  readonly members: readonly MemberStep[];
  readonly skipped: readonly Skip[];
  /** Things that are what they are to be. */
  readonly unchanged: number;
}

export interface UndoOptions {
  /** Things go back behind the earliest chosen change, whoever changed them since. */
  readonly force?: boolean;
  /** What was added stays. */
  readonly keepAdded?: boolean;
}

/** What history tells of one thing, from now backwards. */
interface Trail {
  readonly thing: Thing;
  /** As it is now. */
  readonly now: unknown;
  /** Before the chosen changes that nobody else has built upon. */
  to: unknown;
  /** Before the first chosen change. */
  earliest: unknown;
  /** The last of the chosen changes, absent while there is none. */
  undoes?: Blame;
  /** Somebody else's change after all chosen ones, or between them. */
  since?: Blame;
  isBetween?: true;
  /** The earliest change that was seen, chosen or not: its author made the thing if it wasn't there before. */
  first: { readonly by: Author | undefined; readonly made: boolean };
}

/**
 * Gathers changes from the newest to the oldest, some of them chosen to be taken back, and tells what to do. A thing goes
 * back to what it was before the chosen changes; changes of others are kept: where one came after the last chosen change, the
 * thing stays, and where one came between, only the chosen ones after it are taken back.
 */
export class Undo {
  readonly #trails = new Map<string, Trail>();
  /** Ends of moves that were chosen, each with its other end. */
  readonly #moves = new Map<string, string>();
  /** The last change by somebody else in a collection. */
  readonly #others = new Map<CollectionId, Blame>();
  /** What this undo itself has done already: it counts neither as chosen nor as somebody else's. */
  readonly #isOwn: (commit: PastCommit) => boolean;

  constructor(isOwn: (commit: PastCommit) => boolean = () => false) {
    this.#isOwn = isOwn;
  }

  /** Takes the next older commit. */
  add(commit: PastCommit, isChosen: (change: PastChange) => boolean): void {
    const { id, time, by } = commit;
    const blame: Blame = { id, time, ...(by && { by }) };
    const isOwn = this.#isOwn(commit);
    for (const change of commit.changes.toReversed()) {
      const chosen = !isOwn && isChosen(change);
      for (const [thing, before, after] of aspectsOf(change)) {
        const trail = this.#trail(thing, after);
        trail.first = { by, made: before === null };
        if (isOwn) continue;
        if (chosen) take(trail, before, blame);
        else pass(trail, blame);
      }
      if (change.of !== 'member') continue;
      if (chosen && change.other) this.#moves.set(keyOf(change), keyOf({ of: 'member', ...change.other }));
      if (!chosen && !isOwn && !this.#others.has(change.collection))
        this.#others.set(change.collection, blame);
    }
  }

  /** Who made a member, if it was made since the oldest commit. */
  makerOf(collection: CollectionId, name: string): Author | undefined {
    const first = this.#trails.get(keyOf({ of: 'member', collection, name }))?.first;
    return first?.made ? first.by : undefined;
  }

  async plan(options: UndoOptions = {}): Promise<UndoPlan> {
    const slices = new Slices();
    const steps = new Map<string, Trail>();
    const skips = new Map<string, Skip>();
    let unchanged = 0;
    for (const [key, trail] of this.#trails) {
      if (slices.over) await slices.pause();
      if (!trail.undoes) continue;
      const to = options.force ? trail.earliest : trail.to;
      const target = trail.since && !trail.isBetween ? trail.earliest : to;
      if (isSame(trail.now, target)) unchanged++;
      else if (options.keepAdded && target === null) continue;
      else if (trail.since && !trail.isBetween && !options.force) skips.set(key, changedSince(trail));
      else steps.set(key, { ...trail, to: target });
    }
    this.#skipOtherEnds(steps, skips);
    return { ...(await this.#sorted(steps, skips, options)), unchanged };
  }

  #trail(thing: Thing, now: unknown): Trail {
    const key = keyOf(thing);
    const known = this.#trails.get(key);
    if (known) return known;
    const fresh: Trail = {
      thing,
      now,
      to: undefined,
      earliest: undefined,
      first: { by: undefined, made: false },
    };
    this.#trails.set(key, fresh);
    return fresh;
  }

  /** A move is taken back at both ends or at none. */
  #skipOtherEnds(steps: Map<string, Trail>, skips: Map<string, Skip>): void {
    for (const [one, other] of this.#moves) {
      for (const [here, there] of [
        [one, other],
        [other, one],
      ] as const) {
        const skip = skips.get(here);
        const step = steps.get(there);
        if (!skip || !step) continue;
        steps.delete(there);
        skips.set(there, { ...skip, thing: step.thing, version: versionOf(step) });
      }
    }
  }

  async #sorted(steps: Map<string, Trail>, skips: Map<string, Skip>, { force }: UndoOptions) {
    const skipped = [...skips.values()];
    const users = userSteps(steps);
    const collections = collectionSteps(steps).filter((step) => {
      const since = this.#others.get(step.collection);
      if (step.presence?.do !== 'remove' || !since || force) return true;
      skipped.push({ thing: { of: 'collection', collection: step.collection }, why: 'in use', since });
      return false;
    });
    const gone = new Set(
      collections.flatMap(({ collection, presence }) => (presence?.do === 'remove' ? collection : [])),
    );
    const members: MemberStep[] = [];
    const slices = new Slices();
    for (const trail of steps.values()) {
      if (slices.over) await slices.pause();
      if (trail.thing.of !== 'member' || !trail.undoes) continue;
      const { thing, undoes } = trail;
      const [now, to] = [trail.now, trail.to] as [PastVersion | null, PastVersion | null];
      if (gone.has(thing.collection)) continue;
      if (to && !to.kept) skipped.push({ thing, why: 'not kept', version: to });
      else if (!this.#willBeThere(thing.collection, steps))
        skipped.push({ thing, why: 'no place', version: to ?? now });
      else members.push({ collection: thing.collection, name: thing.name, now, to, undoes });
    }
    return { users, collections, members, skipped };
  }

  #willBeThere(collection: CollectionId, steps: ReadonlyMap<string, Trail>): boolean {
    const key = keyOf({ of: 'collection', collection });
    const step = steps.get(key);
    return step ? step.to !== null : this.#trails.get(key)?.now !== null;
  }
}

function take(trail: Trail, before: unknown, blame: Blame): void {
  trail.undoes ??= blame;
  trail.earliest = before;
  if (!trail.since) trail.to = before;
}

function pass(trail: Trail, blame: Blame): void {
  if (trail.since) return;
  trail.since = blame;
  if (trail.undoes) trail.isBetween = true;
}

function changedSince(trail: Trail): Skip {
  const { thing, since } = trail;
  return { thing, why: 'changed since', ...(since && { since }), version: versionOf(trail) };
}

function versionOf({ thing, earliest, now }: Trail): PastVersion | null {
  return thing.of === 'member' ? ((earliest ?? now) as PastVersion | null) : null;
}

/** The same bytes with the same properties, wherever they stand. */
function isSame(a: unknown, b: unknown): boolean {
  if (isVersion(a) && isVersion(b)) return a.etag === b.etag && isDeepStrictEqual(a.properties, b.properties);
  return isDeepStrictEqual(a, b);
}

function isVersion(value: unknown): value is PastVersion {
  return typeof value === 'object' && value !== null && 'etag' in value;
}

function keyOf(thing: Thing): string {
  switch (thing.of) {
    case 'member':
      return `m ${thing.collection}/${thing.name}`;
    case 'collection':
      return `c ${thing.collection}`;
    case 'part':
      return `c ${thing.collection}/${thing.part}`;
    case 'user':
      return `u ${thing.user}`;
    case 'user-part':
      return `u ${thing.user}/${thing.part}`;
  }
}

/** The things that a change is about, with what each was and is. null: not there. */
function aspectsOf(change: PastChange): (readonly [Thing, before: unknown, after: unknown])[] {
  switch (change.of) {
    case 'member': {
      const { collection, name, before, after } = change;
      return [[{ of: 'member', collection, name }, before, after]];
    }
    case 'overtaken':
      return [];
    case 'collection': {
      const { collection, before, after } = change;
      if (!before || !after) return [[{ of: 'collection', collection }, before, after]];
      return partsOf(before, after).map(([part, was, is]) => [{ of: 'part', collection, part }, was, is]);
    }
    case 'user': {
      const { user, before, after } = change;
      if (!before || !after) return [[{ of: 'user', user }, before, after]];
      return USER_PARTS.filter((part) => !isDeepStrictEqual(before[part], after[part])).map((part) => [
        { of: 'user-part', user, part },
        before[part],
        after[part],
      ]);
    }
  }
}

/** What differs between two states of a collection; null: no such property. */
export function partsOf(
  before: PastCollection,
  after: PastCollection,
): (readonly [Part, before: unknown, after: unknown])[] {
  const flat = ({ name, components, protected: isProtected, properties, own }: PastCollection) =>
    new Map<Part, unknown>([
      ['name', name],
      ['components', components],
      ['protected', isProtected],
      ...(Object.entries(properties) as [PropertyName, unknown][]),
      ...(Object.entries(own) as [PropertyName, unknown][]).map(
        ([property, value]) => [`own:${property}`, value] as [Part, unknown],
      ),
    ]);
  const [was, is] = [flat(before), flat(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((part) => [part, was.get(part) ?? null, is.get(part) ?? null] as const)
    .filter(([, one, other]) => !isDeepStrictEqual(one, other));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function collectionSteps(steps: ReadonlyMap<string, Trail>): CollectionStep[] {
  const all = new Map<CollectionId, Mutable<CollectionStep>>();
  const stepOf = (collection: CollectionId, undoes: Blame) => {
    const known = all.get(collection) ?? { collection, undoes, properties: {}, own: {} };
    all.set(collection, known);
    return known;
  };
  for (const { thing, now, to, undoes } of steps.values()) {
    if (!undoes) continue;
    if (thing.of === 'collection') {
      const isBack = to !== null;
      const as = (isBack ? to : now) as PastCollection;
      stepOf(thing.collection, undoes).presence = { do: isBack ? 'restore' : 'remove', as };
    }
    if (thing.of === 'part') setPart(stepOf(thing.collection, undoes), thing.part, now, to);
  }
  return [...all.values()];
}

function setPart(step: Mutable<CollectionStep>, part: Part, now: unknown, to: unknown): void {
  if (part === 'name') step.name = { now: String(now), to: String(to) };
  else if (part === 'components') step.components = to as readonly string[];
  else if (part === 'protected') step.protected = Boolean(to);
  else if (part.startsWith('own:')) step.own = { ...step.own, [part.slice(4)]: to };
  else step.properties = { ...step.properties, [part]: to };
}

function userSteps(steps: ReadonlyMap<string, Trail>): UserStep[] {
  const all = new Map<UserId, Mutable<UserStep>>();
  const stepOf = (user: UserId, undoes: Blame) => {
    const known = all.get(user) ?? { user, undoes, parts: {} };
    all.set(user, known);
    return known;
  };
  for (const { thing, now, to, undoes } of steps.values()) {
    if (!undoes) continue;
    if (thing.of === 'user') {
      const as = (to ?? now) as User;
      stepOf(thing.user, undoes).presence = { do: to === null ? 'remove' : 'restore', as };
    }
    if (thing.of === 'user-part') {
      const step = stepOf(thing.user, undoes);
      step.parts = { ...step.parts, [thing.part]: to };
    }
  }
  return [...all.values()];
}
