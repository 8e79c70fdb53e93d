/** What was last seen of every login: kept in memory, noted in the store now and then. */

import type { CollectionId, Login, Sighting, Store, SyncToken, UserId } from '../store/types.ts';

/** A request that came in for a login. */
export interface Seen {
  /** The client's network address and User-Agent. */
  readonly address: string;
  readonly client: string;
  /** What went wrong, if it did. */
  readonly error?: string;
}

export interface Sightings {
  saw(login: Login, seen: Seen): void;
  /** The login has everything of the collection up to the token. */
  fetched(login: Login, collection: CollectionId, token: SyncToken): void;
  /** Of all users and devices, in no order. */
  list(): readonly Sighting[];
  /** As if a user had never been seen. */
  forget(user: UserId): Promise<void>;
  /** Notes what is new. Logins that are no longer there are forgotten. */
  flush(): Promise<void>;
  /** Flushes for the last time. */
  close(): Promise<void>;
}

export interface SightingsOptions {
  readonly store: Pick<Store, 'sightings' | 'note' | 'users'>;
  /** ms between what happens and its note. */
  readonly delay?: number;
  readonly now?: () => number;
}

const DELAY = 30_000;

export async function openSightings({
  store,
  delay = DELAY,
  now = Date.now,
}: SightingsOptions): Promise<Sightings> {
  const known = new Map((await store.sightings()).map((sighting) => [keyOf(sighting), sighting]));
  let timer: NodeJS.Timeout | undefined;

  /** @param news what is new of the login, of which was known what is handed to it. */
  function put({ user, device }: Login, news: (before: Sighting) => Partial<Sighting>): void {
    const login = { user: user.id, device: device?.id ?? null };
    const key = keyOf(login);
    const before = known.get(key) ?? { ...login, seen: now(), address: '', client: '', fetched: {} };
    known.set(key, { ...before, ...news(before) });
    timer ??= setTimeout(() => flush().catch(() => undefined), delay).unref();
  }

  async function flush(): Promise<void> {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const users = await store.users();
    const logins = new Set(
      users.flatMap(({ id, devices }) => [
        keyOf({ user: id, device: null }),
        ...devices.map((device) => keyOf({ user: id, device: device.id })),
      ]),
    );
    for (const key of known.keys()) if (!logins.has(key)) known.delete(key);
    await store.note([...known.values()]);
  }

  return {
    saw(login, { address, client, error }) {
      const seen = { seen: now(), address, client };
      put(login, () => (error === undefined ? seen : { ...seen, error: { time: now(), what: error } }));
    },
    fetched(login, collection, token) {
      put(login, ({ fetched }) => ({ fetched: { ...fetched, [collection]: token } }));
    },
    list: () => [...known.values()],
    async forget(user) {
      for (const [key, sighting] of known) if (sighting.user === user) known.delete(key);
      await store.note([...known.values()]);
    },
    flush,
    close: flush,
  };
}

function keyOf({ user, device }: Pick<Sighting, 'user' | 'device'>): string {
  return `${user} ${device ?? ''}`;
}
