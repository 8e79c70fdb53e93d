/** What was done, newest first, in words that a person knows things by. */

import { type Headline, headlineOf } from '../../model/headline.ts';
import type { PastChange, PastCommit, PastQuery, PastVersion } from '../../store/history.ts';
import type { Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { existing } from '../change-user.ts';
import { PROPERTIES } from '../collection-summary.ts';
import { type Doer, doerOf, isDoneBy } from './authors.ts';
import { type Places, readPlaces, type Spot } from './places.ts';
import { partsOf } from './undo-plan.ts';
import { readWhen, zoneFor } from './when.ts';

export interface HistoryWish {
  /** `alice`, `alice/default` or `alice/default/a.ics`; of everything where none is given. */
  readonly path?: string;
  /** As people write times; see when.ts. */
  readonly since?: string;
  readonly until?: string;
  /** Done by this user, or with a device of that name. */
  readonly user?: string;
  readonly device?: string;
  /** How many changes at most. */
  readonly limit?: number;
}

/** What one change did to one thing. A plain JSON value. */
export interface PastRow extends Doer {
  /** What `davd undo` takes. */
  readonly id: string;
  /** ISO 8601 */
  readonly time: string;
  readonly what: 'added' | 'changed' | 'deleted' | 'moved' | 'renamed' | 'overtaken';
  /** VEVENT, VTODO, VCARD …, calendar, addressbook, user; '' where it can't be read. */
  readonly kind: string;
  readonly title: string;
  /** `YYYY-MM-DD` of what has a date. */
  readonly date: string | null;
  /** `alice/calendars/default/a.ics`, `alice/calendars/default` or `alice`. */
  readonly path: string;
  /** Of what was moved or renamed. */
  readonly from?: string;
  readonly to?: string;
  /** Of a collection or a user: what was changed. */
  readonly parts?: readonly string[];
  /** Items that went with a collection, or came back. */
  readonly items?: number;
  readonly before: RowVersion | null;
  readonly after: RowVersion | null;
}

/** Of an item. */
export interface RowVersion {
  readonly etag: string;
  readonly bytes: number;
  /** It can still be had. */
  readonly kept: boolean;
}

export interface HistoryOutcome {
  readonly rows: readonly PastRow[];
  /** There are older ones. */
  readonly more: boolean;
  /** IANA: in which times are read and shown. */
  readonly timeZone: string;
  /** ISO 8601: from when on everything is remembered; null: from the beginning. */
  readonly begins: string | null;
}

const ROWS = 100;
const MOST_ROWS = 100_000;

/** @throws NotThere, Refused */
export async function listHistory({ store }: Administration, wish: HistoryWish): Promise<HistoryOutcome> {
  const places = await readPlaces(store);
  const spot = wish.path === undefined ? undefined : places.find(wish.path);
  const zone = zoneFor(spot?.user.user.timeZone);
  const now = Date.now();
  const query: PastQuery = {
    ...(wish.since !== undefined && { since: readWhen(wish.since, now, zone) }),
    ...(wish.until !== undefined && { until: readWhen(wish.until, now, zone) }),
    ...(spot && { of: [...(spot.isCollection ? [] : [spot.user.user.id]), ...idsOf(spot)] }),
    ...(spot?.member !== undefined && { member: spot.member }),
  };
  const user = wish.user === undefined ? undefined : await existing(store, wish.user);
  const limit = Math.min(wish.limit ?? ROWS, MOST_ROWS);
  const found: Told[] = [];
  let more = false;
  for await (const page of store.history(query)) {
    for (const commit of page) {
      if (!isDoneBy(commit.by, { user, device: wish.device })) continue;
      const own = commit.changes.filter((change) => !spot || concerns(change, spot));
      for (const change of withoutOtherEnds(own).toReversed()) found.push({ commit, change });
    }
    more = found.length > limit;
    if (more) break;
  }
  const begins = await store.rememberedSince();
  return {
    rows: await rowsOf(store, places, found.slice(0, limit)),
    more,
    timeZone: zone.name,
    begins: Number.isFinite(begins) ? new Date(begins).toISOString() : null,
  };
}

function idsOf({ collections }: Spot): readonly string[] {
  return collections.map(({ id }) => id);
}

function concerns(change: PastChange, { user, collections, isCollection, member }: Spot): boolean {
  if (change.of === 'user') return !isCollection && change.user === user.user.id;
  if (member !== undefined && !('name' in change && change.name === member)) return false;
  if (!collections.some(({ id }) => id === change.collection)) {
    const owner = change.of === 'collection' ? (change.after ?? change.before)?.owner : undefined;
    return !isCollection && owner === user.user.id;
  }
  return true;
}

/** A move is told once, at the end it went from, where both ends are told of. */
function withoutOtherEnds(changes: readonly PastChange[]): readonly PastChange[] {
  const gone = new Set(
    changes.flatMap((change) =>
      change.of === 'member' && !change.after ? `${change.collection}/${change.name}` : [],
    ),
  );
  return changes.filter(
    (change) =>
      change.of !== 'member' ||
      !change.after ||
      !change.other ||
      !gone.has(`${change.other.collection}/${change.other.name}`),
  );
}

interface Told {
  readonly commit: PastCommit;
  readonly change: PastChange;
}

async function rowsOf(store: Store, places: Places, told: readonly Told[]): Promise<PastRow[]> {
  const versions = told.map(({ change }) => titleVersion(change));
  const headlines: Headline[] = [];
  for await (const batch of store.versions(versions.filter((version) => version !== undefined))) {
    headlines.push(...batch.map((bytes) => headlineOf(bytes ?? new Uint8Array())));
  }
  const next = headlines.values();
  return told.map(({ commit, change }, i) =>
    rowOf(places, commit, change, versions[i] ? next.next().value : undefined),
  );
}

function titleVersion(change: PastChange): PastVersion | undefined {
  if (change.of === 'overtaken') return change.version;
  return change.of === 'member' ? (change.after ?? change.before ?? undefined) : undefined;
}

function rowOf(
  places: Places,
  commit: PastCommit,
  change: PastChange,
  headline: Headline | undefined,
): PastRow {
  const { component: kind = '', title = '', date = null } = headline ?? {};
  const base = {
    id: commit.by?.act ?? commit.id,
    time: new Date(commit.time).toISOString(),
    ...doerOf(commit.by),
    kind,
    title,
    date,
    before: null,
    after: null,
  };
  switch (change.of) {
    case 'member': {
      const { collection, name, before, after, other } = change;
      const path = places.pathOf(collection, name);
      const end = other && places.pathOf(other.collection, other.name);
      return {
        ...base,
        what: other ? 'moved' : !before ? 'added' : after ? 'changed' : 'deleted',
        path,
        ...(end !== undefined && (after ? { from: end, to: path } : { from: path, to: end })),
        before: versionRow(before),
        after: versionRow(after),
      };
    }
    case 'overtaken': {
      const { collection, name, version } = change;
      return {
        ...base,
        what: 'overtaken',
        path: places.pathOf(collection, name),
        after: versionRow(version),
      };
    }
    case 'collection':
      return { ...base, ...collectionRow(places, change) };
    case 'user':
      return { ...base, ...userRow(places, change) };
  }
}

type RowOf = Pick<PastRow, 'what' | 'kind' | 'path' | 'from' | 'to' | 'parts' | 'items'>;

function collectionRow(places: Places, change: Extract<PastChange, { of: 'collection' }>): RowOf {
  const { before, after, count } = change;
  const kind = (after ?? before)?.kind ?? '';
  const items = count === undefined ? {} : { items: count };
  const named = (name: string | undefined) =>
    `${places.nameOf((after ?? before)?.owner ?? '')}/${kind}s/${name ?? ''}`;
  if (!before) return { what: 'added', kind, path: named(after?.name), ...items };
  if (!after) return { what: 'deleted', kind, path: named(before.name), ...items };
  const parts = partsOf(before, after).map(([part]) => wordOf(part, before.kind));
  const [from, to] = [named(before.name), named(after.name)];
  if (before.name !== after.name) return { what: 'renamed', kind, path: to, from, to };
  return { what: 'changed', kind, path: to, parts: [...new Set(parts)] };
}

const PARTS: Readonly<Record<string, string>> = {
  displayName: 'display name',
  description: 'description',
  color: 'colour',
  order: 'order',
  timeZone: 'time zone',
  addresses: 'e-mail addresses',
  locale: 'language',
  disabled: 'access',
  aliases: 'names',
  password: 'password',
  devices: 'devices',
};

function wordOf(part: string, kind: keyof typeof PROPERTIES): string {
  const property = part.replace(/^own:/, '');
  const [name] = Object.entries(PROPERTIES[kind]).find(([, own]) => own === property) ?? [];
  return PARTS[name ?? ''] ?? property.replace(/^\{.*\}/, '');
}

function userRow(places: Places, change: Extract<PastChange, { of: 'user' }>): RowOf {
  const { before, after, user } = change;
  const kind = 'user';
  if (!before || !after) {
    const path = (after ?? before)?.name ?? places.nameOf(user);
    return { what: before ? 'deleted' : 'added', kind, path };
  }
  const path = after.name;
  if (before.name !== after.name) return { what: 'renamed', kind, path, from: before.name, to: path };
  const parts = Object.keys({ ...before, ...after }).filter((part) => {
    const [one, other] = [before, after].map((record) => JSON.stringify(record[part as keyof typeof record]));
    return one !== other;
  });
  return { what: 'changed', kind, path, parts: parts.map((part) => PARTS[part] ?? part) };
}

function versionRow(version: PastVersion | null): RowVersion | null {
  return version && { etag: version.etag, bytes: version.size, kept: version.kept };
}
