import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type {
  Change,
  Collection,
  Facts,
  FactsOf,
  Kind,
  Member,
  Outcome,
  Store,
  SyncToken,
  User,
} from '../../src/store/types.ts';
import { Refusal } from '../../src/store/types.ts';

/** A store under test, empty, and the way to the same data after closing it. */
export interface Given {
  readonly store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<Store>;
  /** Throws everything away. */
  end(): Promise<void>;
}

/** Must be the `factsOf` of the store under test: an object is `uid|component|start|end` and anything after it. */
export const factsOf: FactsOf = (_kind, bytes) => {
  const [uid = '', component = '', start, end] =
    Buffer.from(bytes).toString().split('\n', 1)[0]?.split('|') ?? [];
  return {
    uid: uid === '' ? null : uid,
    component,
    start: start ? Number(start) : -Infinity,
    end: end ? Number(end) : Infinity,
    recurring: false,
  };
};

export function user(id: string, more: Partial<User> = {}): User {
  return {
    id,
    name: id,
    aliases: [],
    displayName: id,
    addresses: [],
    locale: 'en',
    password: null,
    devices: [],
    disabled: false,
    created: 0,
    properties: {},
    ...more,
  };
}

/** An object with its facts. */
export function object(uid: string, text = '', component = 'VEVENT', start = '', end = '') {
  const bytes = Buffer.from(`${uid}|${component}|${start}|${end}\n${text}`);
  const facts: Facts = factsOf('calendar', bytes);
  return { bytes, facts };
}

export function put(
  collection: Collection,
  name: string,
  uid = name,
  text = '',
): Extract<Change, { do: 'put' }> {
  return { do: 'put', collection: collection.id, name, ...object(uid, text) };
}

/** A user with one collection. */
export async function made(
  store: Store,
  id: string,
  kind: Kind = 'calendar',
  name = 'default',
): Promise<Collection> {
  if (!(await store.user(id))) await store.commit([{ do: 'put-user', user: user(id), expect: 'absent' }]);
  await store.commit([
    { do: 'create-collection', user: id, kind, name, components: ['VEVENT'], properties: {} },
  ]);
  return known(await store.collection({ user: id, kind }, name));
}

export function known<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

export async function refusal(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

export async function refused(
  work: Promise<unknown>,
  reason: Refusal['reason'],
  change = 0,
): Promise<Refusal> {
  const error = await refusal(work);
  assert.deepEqual([error.reason, error.change], [reason, change]);
  return error;
}

export async function membersOf(
  store: Store,
  view: Collection,
  selection?: Parameters<Store['members']>[1],
): Promise<Member[]> {
  const all: Member[] = [];
  for await (const page of store.members(view, selection)) {
    assert.ok(page.length <= 500);
    all.push(...page);
  }
  return all;
}

export async function bytesOf(
  store: Store,
  view: Collection,
  ...names: string[]
): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const batch of store.read(view, names)) {
    for (const content of batch) all.push(content && Buffer.from(content.bytes).toString());
  }
  return all;
}

export async function changesOf(store: Store, view: Collection, since: SyncToken | null, limit?: number) {
  const changes = await store.changes(view, since, limit);
  assert.notEqual(changes, 'invalid-token');
  if (changes === 'invalid-token') throw new Error('unreachable');
  const { removed, token, truncated } = changes;
  const names = [...changes.changed];
  const changed: Member[] = [];
  for await (const page of changes.members()) changed.push(...page);
  return { changed, names, removed, token, truncated };
}

/** What every store must do. Each group works on a user of its own in one store. */
export function storeContract(label: string, give: () => Promise<Given>): void {
  describe(`store contract: ${label}`, () => {
    let given: Given;
    let store: Store;
    before(async () => {
      given = await give();
      store = given.store;
    });
    after(() => given.end());

    describe('users', () => {
      it('put-user stores a user with two empty homes', async () => {
        const ann = user('u-ann', { name: 'Ann', aliases: ['ann@example.com'], timeZone: 'Europe/Paris' });
        assert.deepEqual(await store.commit([{ do: 'put-user', user: ann, expect: 'absent' }]), [
          { created: true },
        ]);
        assert.deepEqual(await store.user('u-ann'), ann);
        for (const kind of ['calendar', 'addressbook'] as const) {
          assert.deepEqual(await store.collections({ user: 'u-ann', kind }), []);
          assert.deepEqual(known(await store.home({ user: 'u-ann', kind })).properties, {});
        }
        assert.ok((await store.users()).some(({ id }) => id === 'u-ann'));
      });

      it('findUser finds name and aliases regardless of case and normal form', async () => {
        await store.commit([
          {
            do: 'put-user',
            user: user('u-e', { name: 'Zo\u00eb', aliases: ['ZE@example.com'] }),
            expect: 'absent',
          },
        ]);
        for (const name of ['zoë', 'ZOË', 'zoe\u0308', 'ze@EXAMPLE.com']) {
          assert.equal((await store.findUser(name))?.id, 'u-e', name);
        }
        assert.equal(await store.findUser('u-e'), undefined);
        assert.equal(await store.findUser(''), undefined);
      });

      it('put-user replaces a user and refuses names that are another\u2019s', async () => {
        await store.commit([
          { do: 'put-user', user: user('u-f', { name: 'fay', aliases: ['old'] }), expect: 'absent' },
        ]);
        await refused(store.commit([{ do: 'put-user', user: user('u-f'), expect: 'absent' }]), 'exists');
        await refused(
          store.commit([{ do: 'put-user', user: user('u-g', { name: 'OLD' }), expect: 'absent' }]),
          'exists',
        );
        await refused(store.commit([{ do: 'put-user', user: user('u-h'), expect: 'present' }]), 'absent');
        const outcome = await store.commit([
          { do: 'put-user', user: user('u-f', { name: 'fay2' }), expect: 'present' },
        ]);
        assert.deepEqual(outcome, [{ created: false }]);
        assert.equal(await store.findUser('fay'), undefined);
        assert.equal(await store.findUser('old'), undefined);
        assert.equal((await store.findUser('fay2'))?.id, 'u-f');
      });

      it('put-user expecting an unchanged record refuses when another commit changed it', async () => {
        const read = user('u-twice');
        await store.commit([{ do: 'put-user', user: read, expect: 'absent' }]);
        const change = (part: Partial<User>) =>
          store.commit([{ do: 'put-user', user: { ...read, ...part }, expect: { unchanged: read } }]);
        const [first, second] = await Promise.allSettled([
          change({ displayName: 'First' }),
          change({ locale: 'fr' }),
        ]);
        assert.equal(first.status, 'fulfilled');
        assert.equal(second.status === 'rejected' && (second.reason as Refusal).reason, 'expectation');
        assert.deepEqual(await store.user('u-twice'), { ...read, displayName: 'First' });
        await refused(change({ locale: 'fr' }), 'expectation');
        await store.commit([{ do: 'remove-user', user: 'u-twice' }]);
        await refused(change({ locale: 'fr' }), 'absent');
      });

      it('cache keeps bytes under a name, the last ones, until they are let go', async () => {
        assert.equal(await store.cached('a-1.occurrences'), undefined);
        await Promise.all([
          store.cache('a-1.occurrences', Buffer.from('one')),
          store.cache('a-1.occurrences', Buffer.from('two')),
          store.cache('b', Buffer.from('other')),
        ]);
        assert.equal(Buffer.from((await store.cached('a-1.occurrences')) ?? []).toString(), 'two');
        await store.cache('a-1.occurrences', null);
        assert.equal(await store.cached('a-1.occurrences'), undefined);
        assert.equal(Buffer.from((await store.cached('b')) ?? []).toString(), 'other');
      });

      it('note keeps sightings in place of those before', async () => {
        const seen = { user: 'u-x', device: null, seen: 5, address: '192.0.2.1', client: 'x/1', fetched: {} };
        await store.note([seen, { ...seen, device: 'd' }]);
        await store.note([{ ...seen, error: { time: 4, what: 'PUT 403' }, fetched: { c: 'urn:x' } }]);
        assert.deepEqual(await store.sightings(), [
          { ...seen, error: { time: 4, what: 'PUT 403' }, fetched: { c: 'urn:x' } },
        ]);
      });

      it('remove-user takes homes, collections and names with it', async () => {
        const calendar = await made(store, 'u-gone');
        await store.commit([put(calendar, 'a.ics')]);
        await store.commit([{ do: 'remove-user', user: 'u-gone' }]);
        assert.equal(await store.user('u-gone'), undefined);
        assert.equal(await store.findUser('u-gone'), undefined);
        assert.equal(await store.home({ user: 'u-gone', kind: 'calendar' }), undefined);
        assert.equal(await store.member(calendar, 'a.ics'), undefined);
        await refused(store.commit([{ do: 'remove-user', user: 'u-gone' }]), 'absent');
        await refused(store.commit([put(calendar, 'b.ics')]), 'absent');
        const again = await made(store, 'u-gone');
        assert.notEqual(again.id, calendar.id);
        assert.deepEqual(await membersOf(store, again), []);
      });

      it('restore-user brings a removed user back with collections, members and tokens', async () => {
        const calendar = await made(store, 'u-back');
        const book = await made(store, 'u-back', 'addressbook', 'friends');
        await store.commit([put(calendar, 'a.ics')]);
        const { token } = known(await store.collection({ user: 'u-back', kind: 'calendar' }, 'default'));
        const home = known(await store.home({ user: 'u-back', kind: 'calendar' })).token;
        await store.commit([
          { do: 'remove-collection', user: 'u-back', kind: 'addressbook', name: 'friends' },
        ]);
        await store.commit([{ do: 'remove-user', user: 'u-back' }]);
        assert.equal(
          (await store.removedUsers()).find((one) => one.user.id === 'u-back')?.user.name,
          'u-back',
        );
        await store.commit([{ do: 'restore-user', user: 'u-back' }]);
        assert.deepEqual(await store.user('u-back'), user('u-back'));
        const [back, ...others] = await store.collections({ user: 'u-back', kind: 'calendar' });
        assert.deepEqual([known(back).id, known(back).name, others], [calendar.id, 'default', []]);
        assert.deepEqual(await store.collections({ user: 'u-back', kind: 'addressbook' }), []);
        assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), [
          Buffer.from(put(calendar, 'a.ics').bytes).toString(),
        ]);
        assert.deepEqual((await changesOf(store, calendar, token)).changed, []);
        assert.equal(await store.homeChanges({ user: 'u-back', kind: 'calendar' }, home), 'invalid-token');
        assert.deepEqual(book.kind, 'addressbook');
        await refused(store.commit([{ do: 'restore-user', user: 'u-back' }]), 'absent');
        await store.commit([{ do: 'remove-user', user: 'u-back' }]);
        await store.commit([{ do: 'put-user', user: user('u-else', { name: 'u-back' }), expect: 'absent' }]);
        await refused(store.commit([{ do: 'restore-user', user: 'u-back' }]), 'exists');
      });

      it('patch changes the properties of a user and of a home', async () => {
        await made(store, 'u-props');
        await store.commit([
          {
            do: 'patch',
            target: { of: 'user', user: 'u-props' },
            set: { '{x}a': '1', '{x}b': { xml: '<b xmlns="x"/>' } },
          },
          { do: 'patch', target: { of: 'home', user: 'u-props', kind: 'calendar' }, set: { '{x}h': 'home' } },
          { do: 'patch', target: { of: 'user', user: 'u-props' }, set: { '{x}a': null } },
        ]);
        assert.deepEqual(known(await store.user('u-props')).properties, {
          '{x}b': { xml: '<b xmlns="x"/>' },
        });
        assert.deepEqual(known(await store.home({ user: 'u-props', kind: 'calendar' })).properties, {
          '{x}h': 'home',
        });
        assert.deepEqual(known(await store.home({ user: 'u-props', kind: 'addressbook' })).properties, {});
        await refused(
          store.commit([{ do: 'patch', target: { of: 'user', user: 'nobody' }, set: {} }]),
          'absent',
        );
      });
    });

    describe('collections', () => {
      const view = { user: 'c-1', kind: 'calendar' } as const;

      it('create-collection binds a collection in its owner\u2019s home', async () => {
        await store.commit([{ do: 'put-user', user: user('c-1'), expect: 'absent' }]);
        const outcome = await store.commit([
          {
            do: 'create-collection',
            ...view,
            name: 'Work',
            components: ['VTODO'],
            properties: { '{x}c': 'red' },
            protected: true,
          },
        ]);
        assert.deepEqual(outcome, [{ created: true }]);
        const { id, created, modified, token, ...rest } = known(await store.collection(view, 'Work'));
        assert.ok(id.length > 0 && created > 0 && modified >= created && token.includes(':'));
        assert.deepEqual(rest, {
          kind: 'calendar',
          viewer: 'c-1',
          owner: 'c-1',
          name: 'Work',
          access: 'owner',
          components: ['VTODO'],
          properties: { '{x}c': 'red' },
          protected: true,
          count: 0,
          size: 0,
        });
        assert.equal(await store.collection(view, 'work'), undefined);
        assert.equal(await store.collection({ ...view, kind: 'addressbook' }, 'Work'), undefined);
      });

      it('create-collection refuses a taken name and an unknown user', async () => {
        const make = { do: 'create-collection', kind: 'calendar', components: [], properties: {} } as const;
        await refused(store.commit([{ ...make, user: 'c-1', name: 'Work' }]), 'exists');
        await refused(store.commit([{ ...make, user: 'nobody', name: 'x' }]), 'absent');
        await refused(store.commit([{ ...make, user: 'c-1', name: '' }]), 'bad-name');
        const twice = [
          { ...make, user: 'c-1', name: 'twice' },
          { ...make, user: 'c-1', name: 'twice' },
        ];
        await refused(store.commit(twice), 'exists', 1);
        assert.equal(await store.collection(view, 'twice'), undefined);
      });

      it('names of collections may differ in case or normal form only', async () => {
        for (const name of [
          'work',
          'WORK',
          'caf\u00e9',
          'cafe\u0301',
          '..',
          '.',
          'a/b',
          ' x ',
          '%2e',
          'n\u0000l',
          'CON',
          'x'.repeat(400),
        ]) {
          const collection = await made(store, 'c-names', 'calendar', name);
          await store.commit([put(collection, 'a.ics', 'a', name)]);
        }
        const all = await store.collections({ user: 'c-names', kind: 'calendar' });
        assert.equal(new Set(all.map(({ id }) => id)).size, 12);
        for (const collection of all) {
          assert.deepEqual(await bytesOf(store, collection, 'a.ics'), [`a|VEVENT||\n${collection.name}`]);
        }
      });

      it('collections are listed in the order of their creation, whatever they are called later', async () => {
        for (const name of ['b', 'a', 'c']) await made(store, 'c-order', 'calendar', name);
        const home = { user: 'c-order', kind: 'calendar' } as const;
        await store.commit([{ do: 'rename-collection', ...home, name: 'b', to: 'z' }]);
        assert.deepEqual(
          (await store.collections(home)).map(({ name }) => name),
          ['z', 'a', 'c'],
        );
      });

      it('rename-collection keeps id, members and tokens', async () => {
        const before = await made(store, 'c-2');
        await store.commit([put(before, 'a.ics')]);
        const { token } = known(await store.collection({ user: 'c-2', kind: 'calendar' }, 'default'));
        const home = { user: 'c-2', kind: 'calendar' } as const;
        await made(store, 'c-2', 'calendar', 'taken');
        await refused(
          store.commit([{ do: 'rename-collection', ...home, name: 'default', to: 'taken' }]),
          'exists',
        );
        await refused(store.commit([{ do: 'rename-collection', ...home, name: 'nix', to: 'y' }]), 'absent');
        await store.commit([{ do: 'rename-collection', ...home, name: 'default', to: 'Neu' }]);
        const renamed = known(await store.collection(home, 'Neu'));
        assert.deepEqual([renamed.id, renamed.token, renamed.count], [before.id, token, 1]);
        assert.equal(await store.collection(home, 'default'), undefined);
        assert.deepEqual(await bytesOf(store, renamed, 'a.ics'), ['a.ics|VEVENT||\n']);
      });

      it('two collections can swap their names', async () => {
        const one = await made(store, 'c-swap', 'calendar', 'one');
        const two = await made(store, 'c-swap', 'calendar', 'two');
        await store.commit([put(one, '1.ics'), put(two, '2.ics')]);
        const home = { user: 'c-swap', kind: 'calendar' } as const;
        await store.commit([
          { do: 'rename-collection', ...home, name: 'one', to: 'tmp' },
          { do: 'rename-collection', ...home, name: 'two', to: 'one' },
          { do: 'rename-collection', ...home, name: 'tmp', to: 'two' },
        ]);
        assert.equal((await store.collection(home, 'one'))?.id, two.id);
        assert.equal((await store.collection(home, 'two'))?.id, one.id);
      });

      it('remove-collection takes the members with it, and the name is free again', async () => {
        const gone = await made(store, 'c-3');
        await store.commit([put(gone, 'a.ics')]);
        const home = { user: 'c-3', kind: 'calendar' } as const;
        await store.commit([{ do: 'remove-collection', ...home, name: 'default' }]);
        assert.equal(await store.collection(home, 'default'), undefined);
        assert.equal(await store.member(gone, 'a.ics'), undefined);
        assert.deepEqual(await membersOf(store, gone), []);
        assert.equal(await store.changes(gone, null), 'invalid-token');
        assert.deepEqual(await bytesOf(store, gone, 'a.ics'), [undefined]);
        await refused(store.commit([put(gone, 'b.ics')]), 'absent');
        await refused(store.commit([{ do: 'remove-collection', ...home, name: 'default' }]), 'absent');
        const fresh = await made(store, 'c-3');
        assert.notEqual(fresh.id, gone.id);
        assert.equal(fresh.count, 0);
        assert.equal(await store.changes(fresh, gone.token), 'invalid-token');
      });

      it('patch changes properties, components and protection of a collection', async () => {
        const calendar = await made(store, 'c-4');
        const home = { user: 'c-4', kind: 'calendar' } as const;
        await store.commit([
          {
            do: 'patch',
            target: { of: 'collection', collection: calendar.id },
            set: { '{x}a': '1', '{x}b': '2' },
            components: ['VTODO'],
            protected: true,
          },
          { do: 'patch', target: { of: 'collection', collection: calendar.id }, set: { '{x}a': null } },
        ]);
        const patched = known(await store.collection(home, 'default'));
        assert.deepEqual(
          [patched.properties, patched.components, patched.protected],
          [{ '{x}b': '2' }, ['VTODO'], true],
        );
        assert.equal(patched.token, calendar.token);
        await store.commit([
          { do: 'patch', target: { of: 'binding', ...home, name: 'default' }, set: { '{x}b': 'mine' } },
        ]);
        assert.deepEqual(known(await store.collection(home, 'default')).properties, { '{x}b': 'mine' });
        await refused(
          store.commit([{ do: 'patch', target: { of: 'collection', collection: 'nix' }, set: {} }]),
          'absent',
        );
        await refused(
          store.commit([{ do: 'patch', target: { of: 'binding', ...home, name: 'nix' }, set: {} }]),
          'absent',
        );
      });
    });

    describe('members', () => {
      let calendar: Collection;
      before(async () => {
        calendar = await made(store, 'm-1');
      });

      it('put stores bytes as they are, and its writer reads them at once', async () => {
        const bytes = Buffer.concat([Buffer.from('x|VEVENT|5|9\n'), Buffer.from([0, 255, 13, 10, 128, 0])]);
        const facts = factsOf('calendar', bytes);
        const [outcome] = await store.commit([
          { do: 'put', collection: calendar.id, name: 'x.ics', bytes, facts },
        ]);
        const member = known(await store.member(calendar, 'x.ics'));
        assert.deepEqual(outcome, { created: true, etag: member.etag });
        assert.deepEqual(
          [member.name, member.size, member.facts, member.properties],
          ['x.ics', 19, facts, {}],
        );
        assert.ok(member.created > 0 && member.modified === member.created);
        for await (const [content] of store.read(calendar, ['x.ics'])) {
          assert.deepEqual(Buffer.from(known(content).bytes), bytes);
          assert.deepEqual(known(content).member, member);
        }
        const { count, size } = known(await store.collection({ user: 'm-1', kind: 'calendar' }, 'default'));
        assert.deepEqual([count, size], [1, 19]);
      });

      it('put replaces, keeps what was created and dead properties, and answers created only once', async () => {
        await store.commit([put(calendar, 'r.ics')]);
        const first = known(await store.member(calendar, 'r.ics'));
        await store.commit([
          {
            do: 'patch',
            target: { of: 'member', collection: calendar.id, name: 'r.ics' },
            set: { '{x}p': '1' },
          },
        ]);
        const [outcome] = await store.commit([put(calendar, 'r.ics', 'r.ics', 'new')]);
        const second = known(await store.member(calendar, 'r.ics'));
        assert.equal(outcome?.created, false);
        assert.notEqual(second.etag, first.etag);
        assert.equal(second.created, first.created);
        assert.deepEqual(second.properties, { '{x}p': '1' });
      });

      it('equal bytes have equal etags, and putting them again changes nothing', async () => {
        const [one] = await store.commit([put(calendar, 'same.ics', 'same')]);
        const before = await changesOf(store, calendar, null);
        const [two] = await store.commit([put(calendar, 'same.ics', 'same')]);
        assert.deepEqual(two, { created: false, etag: one?.etag });
        assert.equal((await changesOf(store, calendar, null)).token, before.token);
      });

      it('an empty object and a large one come back', async () => {
        const large = Buffer.alloc(700_000, '|abc');
        const empty = new Uint8Array();
        await store.commit([
          {
            do: 'put',
            collection: calendar.id,
            name: 'empty.ics',
            bytes: empty,
            facts: factsOf('calendar', empty),
          },
          {
            do: 'put',
            collection: calendar.id,
            name: 'large.ics',
            bytes: large,
            facts: factsOf('calendar', large),
          },
        ]);
        const read = await bytesOf(store, calendar, 'large.ics', 'nix.ics', 'empty.ics', 'large.ics');
        assert.deepEqual(read, [large.toString(), undefined, '', large.toString()]);
      });

      it('expectations are tested before anything else', async () => {
        const [made] = await store.commit([put(calendar, 'e.ics')]);
        const etag = known(made?.etag);
        const next = put(calendar, 'e.ics', 'e.ics', '2');
        await refused(store.commit([{ ...next, expect: { noneMatch: '*' } }]), 'expectation');
        await refused(store.commit([{ ...next, expect: { noneMatch: ['other', etag] } }]), 'expectation');
        await refused(store.commit([{ ...next, expect: { match: ['other'] } }]), 'expectation');
        await refused(store.commit([{ ...put(calendar, 'e2.ics'), expect: { match: '*' } }]), 'expectation');
        await refused(
          store.commit([{ do: 'delete', collection: calendar.id, name: 'e.ics', expect: { match: [] } }]),
          'expectation',
        );
        await refused(
          store.commit([{ do: 'delete', collection: calendar.id, name: 'e2.ics', expect: { match: '*' } }]),
          'expectation',
        );
        assert.equal((await store.member(calendar, 'e.ics'))?.etag, etag);
        await store.commit([{ ...next, expect: { match: ['x', etag], noneMatch: ['other'] } }]);
        await store.commit([{ ...put(calendar, 'e2.ics'), expect: { noneMatch: '*' } }]);
        await store.commit([
          { do: 'delete', collection: calendar.id, name: 'e2.ics', expect: { match: '*' } },
        ]);
      });

      it('delete removes, and refuses what is not there', async () => {
        await store.commit([put(calendar, 'd.ics')]);
        assert.deepEqual(await store.commit([{ do: 'delete', collection: calendar.id, name: 'd.ics' }]), [
          { created: false },
        ]);
        assert.equal(await store.member(calendar, 'd.ics'), undefined);
        assert.equal(await store.memberByUid(calendar, 'd.ics'), undefined);
        await refused(store.commit([{ do: 'delete', collection: calendar.id, name: 'd.ics' }]), 'absent');
        await refused(store.commit([{ do: 'delete', collection: 'nix', name: 'd.ics' }]), 'absent');
      });

      it('a UID is had by one member of a collection', async () => {
        await store.commit([put(calendar, 'u1.ics', 'uid-1'), put(calendar, 'u2.ics', 'u2')]);
        assert.equal((await store.memberByUid(calendar, 'uid-1'))?.name, 'u1.ics');
        assert.equal((await store.memberByUid(calendar, 'u2'))?.name, 'u2.ics');
        assert.equal(
          (await refused(store.commit([put(calendar, 'u3.ics', 'uid-1')]), 'uid-conflict')).detail,
          'u1.ics',
        );
        assert.equal(
          (await refused(store.commit([put(calendar, 'u3.ics', 'u2')]), 'uid-conflict')).detail,
          'u2.ics',
        );
        const both = [put(calendar, 'u4.ics', 'uid-4'), put(calendar, 'u5.ics', 'uid-4')];
        await refused(store.commit(both), 'uid-conflict', 1);
        assert.equal(await store.member(calendar, 'u4.ics'), undefined);
        await store.commit([put(calendar, 'u1.ics', 'uid-9')]);
        assert.equal(await store.memberByUid(calendar, 'uid-1'), undefined);
        await store.commit([
          { do: 'delete', collection: calendar.id, name: 'u2.ics' },
          put(calendar, 'u3.ics', 'u2'),
        ]);
        assert.equal((await store.memberByUid(calendar, 'u2'))?.name, 'u3.ics');
        const other = await made(store, 'm-1', 'calendar', 'other');
        await store.commit([put(other, 'u1.ics', 'uid-9')]);
      });

      it('names differ in case and normal form, and none leaves its collection', async () => {
        const book = await made(store, 'm-names', 'addressbook');
        const names = [
          'a.vcf',
          'A.vcf',
          'a.VCF',
          'a',
          '\u00e9.vcf',
          'e\u0301.vcf',
          '../../../x',
          '..',
          '.',
          '.vcf',
          '/etc/passwd',
          'a%2Fb',
          'a/b',
          'a\\b',
          'n\u0000',
          '\ud800',
          'x'.repeat(300),
          `${'x'.repeat(300)}y`,
          '日本語.vcf',
          '.collection.json',
          'a.vcf ',
          'a.vcf.',
        ];
        await store.commit(names.map((name, i) => put(book, name, `uid-${i}`, name)));
        assert.deepEqual((await membersOf(store, book)).map(({ name }) => name).sort(), [...names].sort());
        const read = await bytesOf(store, book, ...names);
        assert.deepEqual(
          read,
          names.map((name, i) => Buffer.from(`uid-${i}|VEVENT||\n${name}`).toString()),
        );
        await refused(store.commit([put(book, '')]), 'bad-name');
        await refused(store.commit([put(book, 'x'.repeat(100_000))]), 'bad-name');
      });

      it('members comes in pages, narrowed by component and time', async () => {
        const busy = await made(store, 'm-pages');
        const changes: Change[] = [];
        for (let i = 0; i < 1200; i++) {
          changes.push({
            do: 'put',
            collection: busy.id,
            name: `${i}.ics`,
            ...object(`u${i}`, '', i % 2 ? 'VEVENT' : 'VTODO', String(i), String(i + 1)),
          });
        }
        await store.commit(changes);
        assert.equal((await membersOf(store, busy)).length, 1200);
        assert.equal((await membersOf(store, busy, { component: 'VTODO' })).length, 600);
        const some = (await membersOf(store, busy, { start: 100, end: 110 })).map(({ name }) => name);
        for (let i = 100; i < 110; i++) assert.ok(some.includes(`${i}.ics`));
        assert.ok(some.length <= 12);
      });

      it('a listing survives changes between its pages', async () => {
        const busy = await made(store, 'm-races');
        await store.commit(Array.from({ length: 1100 }, (_, i) => put(busy, `${i}.ics`)));
        const seen: string[] = [];
        for await (const page of store.members(busy)) {
          seen.push(...page.map(({ name }) => name));
          await store.commit([
            put(busy, '1099.ics', '1099.ics', `${seen.length}`),
            ...(seen.length === 500
              ? [{ do: 'delete', collection: busy.id, name: '1098.ics' } as const]
              : []),
            put(busy, `new${seen.length}.ics`),
          ]);
        }
        assert.equal(new Set(seen).size, seen.length);
        assert.deepEqual(
          Array.from({ length: 1100 }, (_, i) => `${i}.ics`).filter((name) => !seen.includes(name)),
          ['1098.ics'],
        );
      });
    });

    describe('move', () => {
      it('moves a member within a collection and between two', async () => {
        const one = await made(store, 'v-1', 'calendar', 'one');
        const two = await made(store, 'v-1', 'calendar', 'two');
        const [{ etag } = { etag: '' }] = await store.commit([put(one, 'a.ics', 'a')]);
        const within = {
          do: 'move',
          collection: one.id,
          name: 'a.ics',
          to: { collection: one.id, name: 'b.ics' },
        } as const;
        assert.deepEqual(await store.commit([within]), [{ created: true, etag }]);
        assert.equal(await store.member(one, 'a.ics'), undefined);
        assert.equal((await store.memberByUid(one, 'a'))?.name, 'b.ics');
        const across = {
          do: 'move',
          collection: one.id,
          name: 'b.ics',
          to: { collection: two.id, name: 'a.ics' },
        } as const;
        assert.deepEqual(await store.commit([across]), [{ created: true, etag }]);
        assert.deepEqual(await membersOf(store, one), []);
        assert.deepEqual(await bytesOf(store, two, 'a.ics'), ['a|VEVENT||\n']);
        assert.deepEqual((await changesOf(store, one, null)).names, []);
        assert.deepEqual((await changesOf(store, two, null)).names, ['a.ics']);
      });

      it('tests UID and expectations at the target', async () => {
        const one = await made(store, 'v-2', 'calendar', 'one');
        const two = await made(store, 'v-2', 'calendar', 'two');
        await store.commit([put(one, 'a.ics', 'a'), put(two, 'x.ics', 'a'), put(two, 'y.ics', 'y')]);
        const move = (name: string, more = {}): Change => ({
          do: 'move',
          collection: one.id,
          name: 'a.ics',
          to: { collection: two.id, name },
          ...more,
        });
        assert.equal((await refused(store.commit([move('n.ics')]), 'uid-conflict')).detail, 'x.ics');
        await refused(store.commit([move('y.ics', { expectTarget: { noneMatch: '*' } })]), 'expectation');
        await refused(store.commit([move('x.ics', { expect: { match: ['other'] } })]), 'expectation');
        await refused(store.commit([{ ...move('z.ics'), name: 'nix' } as Change]), 'absent');
        await refused(
          store.commit([
            { do: 'move', collection: one.id, name: 'a.ics', to: { collection: 'nix', name: 'a' } },
          ]),
          'absent',
        );
        assert.equal((await store.commit([move('x.ics')]))[0]?.created, false);
        assert.equal((await store.memberByUid(two, 'a'))?.name, 'x.ics');
        assert.deepEqual((await membersOf(store, two)).map(({ name }) => name).sort(), ['x.ics', 'y.ics']);
      });

      it('follows a put in the same commit and in a commit that comes right after', async () => {
        const one = await made(store, 'v-3');
        const move = (name: string, to: string): Change => ({
          do: 'move',
          collection: one.id,
          name,
          to: { collection: one.id, name: to },
        });
        await Promise.all([
          store.commit([put(one, 'a', 'a', 'A')]),
          store.commit([move('a', 'b'), put(one, 'c', 'c', 'C'), move('c', 'd')]),
          store.commit([move('b', 'e'), move('d', 'f')]),
        ]);
        assert.deepEqual(await bytesOf(store, one, 'a', 'b', 'c', 'd', 'e', 'f'), [
          undefined,
          undefined,
          undefined,
          undefined,
          'a|VEVENT||\nA',
          'c|VEVENT||\nC',
        ]);
        assert.deepEqual(await store.commit([move('e', 'e')]), [
          { created: false, etag: (await store.member(one, 'e'))?.etag },
        ]);
      });
    });

    describe('commits', () => {
      it('all changes happen or none, and each sees those before it', async () => {
        const calendar = await made(store, 't-1');
        const { token } = await changesOf(store, calendar, null);
        await refused(
          store.commit([
            put(calendar, 'a.ics'),
            put(calendar, 'b.ics'),
            { do: 'delete', collection: calendar.id, name: 'nix' },
          ]),
          'absent',
          2,
        );
        assert.deepEqual(await membersOf(store, calendar), []);
        assert.equal((await changesOf(store, calendar, null)).token, token);
        const outcomes = await store.commit([
          put(calendar, 'a.ics'),
          { ...put(calendar, 'a.ics', 'a.ics', '2'), expect: { match: '*' } },
          { do: 'delete', collection: calendar.id, name: 'a.ics' },
          { ...put(calendar, 'a.ics', 'a.ics', '3'), expect: { noneMatch: '*' } },
        ]);
        assert.deepEqual(
          outcomes.map(({ created }: Outcome) => created),
          [true, false, false, true],
        );
        assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), ['a.ics|VEVENT||\n3']);
      });

      it('a user, a collection and its members can come in one commit after another without waiting', async () => {
        const home = { user: 't-2', kind: 'calendar' } as const;
        await Promise.all([
          store.commit([{ do: 'put-user', user: user('t-2'), expect: 'absent' }]),
          store.commit([{ do: 'create-collection', ...home, name: 'a', components: [], properties: {} }]),
          store.commit([{ do: 'rename-collection', ...home, name: 'a', to: 'b' }]),
          store.commit([{ do: 'remove-collection', ...home, name: 'b' }]),
          store.commit([{ do: 'create-collection', ...home, name: 'b', components: [], properties: {} }]),
        ]);
        assert.deepEqual(
          (await store.collections(home)).map(({ name }) => name),
          ['b'],
        );
      });

      it('of two puts that both want the name absent, exactly one succeeds', async () => {
        const calendar = await made(store, 't-3');
        for (let round = 0; round < 200; round++) {
          const name = `${round}.ics`;
          const tries = [1, 2].map((i) =>
            store.commit([{ ...put(calendar, name, name, `${i}`), expect: { noneMatch: '*' } }]),
          );
          const results = await Promise.allSettled(tries);
          assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
        }
        assert.equal((await membersOf(store, calendar)).length, 200);
      });

      it('of many puts with one UID, exactly one succeeds', async () => {
        const calendar = await made(store, 't-4');
        const tries = Array.from({ length: 50 }, (_, i) => store.commit([put(calendar, `${i}.ics`, 'one')]));
        const results = await Promise.allSettled(tries);
        assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      });

      it('tasks and an author are taken', async () => {
        const calendar = await made(store, 't-5');
        await store.commit([put(calendar, 'a.ics')], {
          by: { user: 't-5', agent: 'test' },
          tasks: [{ type: 'mail', data: { to: 'x' } }],
        });
      });
    });

    describe('sync', () => {
      it('changes tells what changed and what went, each once, oldest first', async () => {
        const calendar = await made(store, 's-1');
        const start = await changesOf(store, calendar, null);
        assert.deepEqual([start.names, start.removed, start.truncated], [[], [], false]);
        await store.commit([put(calendar, 'a'), put(calendar, 'b'), put(calendar, 'c')]);
        await store.commit([
          put(calendar, 'a', 'a', '2'),
          { do: 'delete', collection: calendar.id, name: 'b' },
        ]);
        const next = await changesOf(store, calendar, start.token);
        assert.deepEqual([next.names, next.removed], [['c', 'a'], ['b']]);
        const initial = await changesOf(store, calendar, null);
        assert.deepEqual([initial.names, initial.removed, initial.token], [['c', 'a'], [], next.token]);
        const nothing = await changesOf(store, calendar, next.token);
        assert.deepEqual([nothing.names, nothing.removed, nothing.token], [[], [], next.token]);
        assert.equal(
          known(await store.collection({ user: 's-1', kind: 'calendar' }, 'default')).token,
          next.token,
        );
      });

      it('a member that went and came again is changed, not removed', async () => {
        const calendar = await made(store, 's-2');
        await store.commit([put(calendar, 'a')]);
        const { token } = await changesOf(store, calendar, null);
        await store.commit([
          { do: 'delete', collection: calendar.id, name: 'a' },
          put(calendar, 'a', 'a', '2'),
        ]);
        const next = await changesOf(store, calendar, token);
        assert.deepEqual([next.names, next.removed], [['a'], []]);
      });

      it('with a limit, pages give each member exactly once and no removals in the first walk', async () => {
        const calendar = await made(store, 's-3');
        await store.commit(Array.from({ length: 25 }, (_, i) => put(calendar, `${i}`)));
        await store.commit(
          Array.from(
            { length: 5 },
            (_, i) => ({ do: 'delete', collection: calendar.id, name: `${i * 5}` }) as const,
          ),
        );
        const seen: string[] = [];
        let token: SyncToken | null = null;
        for (let page = 0; ; page++) {
          const part: Awaited<ReturnType<typeof changesOf>> = await changesOf(store, calendar, token, 7);
          seen.push(...part.names);
          assert.deepEqual(part.removed, []);
          token = part.token;
          assert.equal(part.truncated, page < 2);
          if (!part.truncated) break;
          assert.equal(part.names.length, 7);
        }
        assert.deepEqual(
          seen,
          Array.from({ length: 25 }, (_, i) => `${i}`).filter((name) => Number(name) % 5),
        );
        const after = await changesOf(store, calendar, token, 7);
        assert.deepEqual([after.names, after.removed, after.truncated], [[], [], false]);
      });

      it('a removal during the first walk is told', async () => {
        const calendar = await made(store, 's-4');
        await store.commit(Array.from({ length: 4 }, (_, i) => put(calendar, `${i}`)));
        const first = await changesOf(store, calendar, null, 2);
        await store.commit([
          { do: 'delete', collection: calendar.id, name: '0' },
          put(calendar, '1', '1', 'new'),
        ]);
        const second = await changesOf(store, calendar, first.token);
        assert.deepEqual([second.names, second.removed, second.truncated], [['2', '3', '1'], ['0'], false]);
      });

      it('removals count for the limit', async () => {
        const calendar = await made(store, 's-5');
        await store.commit(Array.from({ length: 6 }, (_, i) => put(calendar, `${i}`)));
        const { token } = await changesOf(store, calendar, null);
        await store.commit(
          Array.from(
            { length: 6 },
            (_, i) => ({ do: 'delete', collection: calendar.id, name: `${i}` }) as const,
          ),
        );
        const one = await changesOf(store, calendar, token, 4);
        assert.deepEqual([one.removed, one.truncated], [['0', '1', '2', '3'], true]);
        const two = await changesOf(store, calendar, one.token, 4);
        assert.deepEqual([two.removed, two.truncated], [['4', '5'], false]);
      });

      it('refuses tokens that are not of this collection and this history', async () => {
        const calendar = await made(store, 's-6');
        const other = await made(store, 's-6', 'calendar', 'other');
        await store.commit([put(calendar, 'a'), put(other, 'a')]);
        const token = (await changesOf(store, calendar, null)).token;
        const bad = [
          '',
          'x',
          token.replace(/\d+$/, '999'),
          `${token}0000`,
          token.replace(/:(\w)(\w*):(\d+)$/, ':z$2:$3'),
          (await changesOf(store, other, null)).token,
          `${token} `,
          token.replace(/\d+$/, '-1'),
          'urn:davd:x',
        ];
        for (const one of bad) assert.equal(await store.changes(calendar, one), 'invalid-token', one);
      });

      it('a patch of a member changes its collection\u2019s token', async () => {
        const calendar = await made(store, 's-7');
        await store.commit([put(calendar, 'a')]);
        const { token } = await changesOf(store, calendar, null);
        await store.commit([
          { do: 'patch', target: { of: 'member', collection: calendar.id, name: 'a' }, set: { '{x}p': '1' } },
        ]);
        assert.deepEqual((await changesOf(store, calendar, token)).names, ['a']);
        await refused(
          store.commit([
            { do: 'patch', target: { of: 'member', collection: calendar.id, name: 'b' }, set: {} },
          ]),
          'absent',
        );
      });

      it('homeChanges tells which collections appeared, went or changed their own properties', async () => {
        const home = { user: 'h-1', kind: 'calendar' } as const;
        const one = await made(store, 'h-1', 'calendar', 'one');
        const changes = async (since: SyncToken | null, limit?: number) => {
          const result = await store.homeChanges(home, since, limit);
          if (result === 'invalid-token') assert.fail('invalid token');
          return { ...result, names: result.changed.map(({ name }) => name) };
        };
        const start = await changes(null);
        assert.deepEqual(start.names, ['one']);
        assert.equal(start.token, known(await store.home(home)).token);
        await store.commit([put(one, 'a')]);
        assert.equal(known(await store.home(home)).token, start.token);
        await made(store, 'h-1', 'calendar', 'two');
        await made(store, 'h-1', 'calendar', 'three');
        await store.commit([
          { do: 'patch', target: { of: 'collection', collection: one.id }, set: { '{x}a': '1' } },
        ]);
        await store.commit([{ do: 'rename-collection', ...home, name: 'two', to: 'zwei' }]);
        await store.commit([{ do: 'remove-collection', ...home, name: 'three' }]);
        const next = await changes(start.token);
        assert.deepEqual(
          [next.names, next.removed],
          [
            ['one', 'zwei'],
            ['two', 'three'],
          ],
        );
        const part = await changes(start.token, 1);
        assert.deepEqual([part.names, part.truncated], [['one'], true]);
        assert.equal(await store.homeChanges({ ...home, kind: 'addressbook' }, start.token), 'invalid-token');
        assert.equal(await store.homeChanges(home, 'nonsense'), 'invalid-token');
      });
    });

    describe('closing', () => {
      it('everything is there when the store is opened again, tokens included', async () => {
        const calendar = await made(store, 'z-1');
        await store.commit([put(calendar, 'a.ics'), put(calendar, 'b.ics'), put(calendar, 'z'.repeat(250))], {
          by: { agent: 'test' },
        });
        const { token } = await changesOf(store, calendar, null);
        await store.commit([
          { do: 'delete', collection: calendar.id, name: 'b.ics' },
          put(calendar, 'c.ics', 'uid-c'),
        ]);
        await store.commit([
          {
            do: 'patch',
            target: { of: 'member', collection: calendar.id, name: 'a.ics' },
            set: { '{x}p': '1' },
          },
        ]);
        const look = async (from: Store) => {
          const users = await from.users();
          const all: unknown[] = [users];
          for (const { id } of users) {
            for (const kind of ['calendar', 'addressbook'] as const) {
              all.push(await from.home({ user: id, kind }));
              for (const collection of await from.collections({ user: id, kind })) {
                const members = (await membersOf(from, collection)).sort((a, b) =>
                  a.name < b.name ? -1 : 1,
                );
                all.push(
                  collection,
                  members,
                  await bytesOf(from, collection, ...members.map(({ name }) => name)),
                );
                all.push(await changesOf(from, collection, null));
              }
            }
          }
          return all.map((one) => JSON.stringify(one)).join('\n');
        };
        const before = await look(store);
        store = await given.reopen();
        firstDifference(await look(store), before);
        const next = await changesOf(store, calendar, token);
        assert.deepEqual([next.names, next.removed], [['c.ics', 'a.ics'], ['b.ics']]);
        assert.equal((await refusal(store.commit([put(calendar, 'd.ics', 'uid-c')]))).reason, 'uid-conflict');
        await store.commit([put(calendar, 'd.ics')]);
        assert.deepEqual((await changesOf(store, calendar, next.token)).names, ['d.ics']);
      });

      it('a closed store refuses commits', async () => {
        await store.close();
        await store.close();
        const error = await refusal(store.commit([{ do: 'put-user', user: user('late'), expect: 'absent' }]));
        assert.equal(error.reason, 'read-only');
        store = await given.reopen();
        assert.equal(await store.user('late'), undefined);
      });
    });
  });
}

/** Two long texts are the same; says only the first line where they aren't. */
function firstDifference(actual: string, expected: string): void {
  const lines = expected.split('\n');
  for (const [i, line] of actual.split('\n').entries()) assert.equal(line, lines[i]);
  assert.equal(actual.length, expected.length);
}
