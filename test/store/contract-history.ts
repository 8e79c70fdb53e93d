import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Mark, PastChange, PastCommit, PastQuery, PastVersion } from '../../src/store/history.ts';
import type { Change, Collection, Store } from '../../src/store/types.ts';
import { bytesOf, changesOf, type Given, known, made, put, refused, user } from './contract.ts';

export async function pastOf(store: Store, query?: PastQuery): Promise<PastCommit[]> {
  const all: PastCommit[] = [];
  for await (const page of store.history(query)) all.push(...page);
  return all;
}

async function textsOf(store: Store, ...versions: readonly PastVersion[]): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const batch of store.versions(versions)) {
    for (const bytes of batch) all.push(bytes && Buffer.from(bytes).toString());
  }
  return all;
}

type MemberChange = Extract<PastChange, { of: 'member' }>;

function memberChanges(commits: readonly PastCommit[]): MemberChange[] {
  return commits.flatMap(({ changes }) => changes).filter((change) => change.of === 'member');
}

/** What every store must tell of its past, and bring back from it. */
export function historyContract(label: string, give: () => Promise<Given>): void {
  describe(`store contract, history: ${label}`, () => {
    let given: Given;
    let store: Store;
    before(async () => {
      given = await give();
      store = given.store;
    });
    after(() => given.end());

    const remove = ({ id: collection }: Collection, name: string): Change => ({
      do: 'delete',
      collection,
      name,
    });

    it('commits come newest first, with their authors and the versions before and after', async () => {
      const calendar = await made(store, 'h-1');
      const by = { user: 'h-1', device: 'phone', agent: 'x/1' };
      await store.commit([put(calendar, 'a.ics', 'a', 'one')], { by });
      await store.commit([put(calendar, 'a.ics', 'a', 'two')]);
      await store.commit([remove(calendar, 'a.ics')], { by });
      const commits = await pastOf(store, { of: [calendar.id], member: 'a.ics' });
      assert.deepEqual(
        commits.map((commit) => commit.by),
        [by, undefined, by],
      );
      assert.equal(new Set(commits.map(({ id }) => id)).size, 3);
      const changes = memberChanges(commits);
      const texts = await Promise.all(
        changes.map(async ({ before: was, after: is }) => [
          was && (await textsOf(store, was))[0],
          is && (await textsOf(store, is))[0],
        ]),
      );
      assert.deepEqual(texts, [
        ['a|VEVENT||\ntwo', null],
        ['a|VEVENT||\none', 'a|VEVENT||\ntwo'],
        [null, 'a|VEVENT||\none'],
      ]);
      const [newest] = commits;
      assert.deepEqual(await store.pastCommit(known(newest).id), newest);
      assert.equal(await store.pastCommit('0-0'), undefined);
      assert.equal(await store.pastCommit('nonsense/../x'), undefined);
    });

    it('a query narrows by time, collection, user and member', async () => {
      const one = await made(store, 'h-2', 'calendar', 'one');
      const two = await made(store, 'h-2', 'calendar', 'two');
      await store.commit([put(one, 'a.ics'), put(two, 'b.ics')]);
      await store.commit([put(two, 'c.ics')]);
      const [last, both] = await pastOf(store, { of: [two.id] });
      assert.deepEqual(
        memberChanges([known(both)]).map(({ name }) => name),
        ['a.ics', 'b.ics'],
      );
      assert.deepEqual(await pastOf(store, { of: [one.id], member: 'c.ics' }), []);
      const { time } = known(last);
      assert.deepEqual(await pastOf(store, { of: [two.id], since: time + 1 }), []);
      assert.ok((await pastOf(store, { of: [two.id], until: time })).every((each) => each.time < time));
      const ofUser = (await pastOf(store, { of: ['h-2'] })).flatMap(({ changes }) => changes);
      assert.deepEqual(
        ofUser.map((change) => change.of),
        ['collection', 'collection', 'user'],
      );
    });

    it('what is done to collections and users is told as a whole', async () => {
      const home = { user: 'h-3', kind: 'calendar' } as const;
      const calendar = await made(store, 'h-3');
      const target = { of: 'collection', collection: calendar.id } as const;
      await store.commit([put(calendar, 'a.ics'), put(calendar, 'b.ics')]);
      await store.commit([{ do: 'patch', target, set: { '{x}color': 'red' } }]);
      await store.commit([{ do: 'rename-collection', ...home, name: 'default', to: 'work' }]);
      await store.commit([{ do: 'remove-collection', ...home, name: 'work' }]);
      await store.commit([
        { do: 'put-user', user: user('h-3', { displayName: 'Third' }), expect: 'present' },
      ]);
      const changes = (await pastOf(store, { of: [calendar.id, 'h-3'] })).flatMap((each) => each.changes);
      const told = changes.flatMap((change) =>
        change.of === 'member'
          ? []
          : change.of === 'collection'
            ? [[change.before?.name, change.after?.name, change.after?.properties['{x}color'], change.count]]
            : change.of === 'user'
              ? [[change.before?.displayName, change.after?.displayName]]
              : [],
      );
      assert.deepEqual(told, [
        ['h-3', 'Third'],
        ['work', undefined, undefined, 2],
        ['default', 'work', 'red', undefined],
        ['default', 'default', 'red', undefined],
        [undefined, 'default', undefined, undefined],
        [undefined, 'h-3'],
      ]);
    });

    it('a move tells at both ends where the other is', async () => {
      const one = await made(store, 'h-4', 'calendar', 'one');
      const two = await made(store, 'h-4', 'calendar', 'two');
      await store.commit([put(one, 'a.ics')]);
      await store.commit([
        { do: 'move', collection: one.id, name: 'a.ics', to: { collection: two.id, name: 'b.ics' } },
      ]);
      const changes = memberChanges((await pastOf(store, { of: [two.id] })).slice(0, 1));
      assert.deepEqual(
        changes.map(({ name, other, before: was, after: is }) => [name, other?.name, was?.etag, is?.etag]),
        [
          ['a.ics', 'b.ics', changes[0]?.before?.etag, undefined],
          ['b.ics', 'a.ics', undefined, changes[0]?.before?.etag],
        ],
      );
    });

    it('recall stores a version again, with its properties, and clients are told', async () => {
      const calendar = await made(store, 'h-5');
      const target = { of: 'member', collection: calendar.id, name: 'a.ics' } as const;
      await store.commit([put(calendar, 'a.ics', 'a', 'one')]);
      await store.commit([{ do: 'patch', target, set: { '{x}p': '1' } }]);
      const original = known(await store.member(calendar, 'a.ics'));
      await store.commit([put(calendar, 'a.ics', 'a', 'two'), remove(calendar, 'a.ics')]);
      const { token } = await changesOf(store, calendar, null);
      const [last] = await pastOf(store, { of: [calendar.id] });
      const first = known(memberChanges([known(last)])[0]?.before ?? undefined);
      const recall = (version: PastVersion, name = 'a.ics'): Change => ({
        do: 'recall',
        collection: calendar.id,
        name,
        version,
      });
      await refused(store.commit([{ ...recall(first), expect: { match: '*' } } as Change]), 'expectation');
      assert.deepEqual(await store.commit([recall(first)]), [{ created: true, etag: original.etag }]);
      const again = known(await store.member(calendar, 'a.ics'));
      assert.deepEqual({ ...again, modified: 0 }, { ...original, modified: 0 });
      assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), ['a|VEVENT||\none']);
      assert.deepEqual((await changesOf(store, calendar, token)).names, ['a.ics']);
      assert.equal((await store.memberByUid(calendar, 'a'))?.name, 'a.ics');
      const earlier = await changesOf(store, calendar, null);
      await store.commit([recall(first)]);
      assert.deepEqual(await changesOf(store, calendar, earlier.token), {
        ...earlier,
        changed: [],
        names: [],
      });
      assert.equal((await refused(store.commit([recall(first, 'b.ics')]), 'uid-conflict')).detail, 'a.ics');
      await refused(store.commit([recall({ ...first, ref: 'elsewhere' })]), 'absent');
      await refused(store.commit([recall({ ...first, etag: 'x'.repeat(22) })]), 'absent');
    });

    it('restore-collection brings a collection back with members, properties and tokens', async () => {
      const home = { user: 'h-6', kind: 'addressbook' } as const;
      const book = await made(store, 'h-6', 'addressbook', 'friends');
      await store.commit([
        put(book, 'a.vcf'),
        { do: 'patch', target: { of: 'collection', collection: book.id }, set: { '{x}color': 'red' } },
        { do: 'patch', target: { of: 'binding', ...home, name: 'friends' }, set: { '{x}own': 'mine' } },
      ]);
      const original = known(await store.collection(home, 'friends'));
      const { token } = known(await store.home(home));
      await store.commit([{ do: 'remove-collection', ...home, name: 'friends' }]);
      const [removed] = await store.removedCollections();
      assert.deepEqual(
        [removed?.id, removed?.name, removed?.count, removed?.withOwner, removed?.properties],
        [book.id, 'friends', 1, false, { '{x}color': 'red' }],
      );
      const taken = await made(store, 'h-6', 'addressbook', 'friends');
      const restore = { do: 'restore-collection', collection: book.id } as const;
      assert.equal((await refused(store.commit([restore]), 'exists')).detail, 'friends');
      await store.commit([{ ...restore, name: 'friends-2' }]);
      await refused(store.commit([restore]), 'absent');
      const back = known(await store.collection(home, 'friends-2'));
      assert.deepEqual({ ...back, name: '', modified: 0 }, { ...original, name: '', modified: 0 });
      assert.deepEqual(await bytesOf(store, back, 'a.vcf'), ['a.vcf|VEVENT||\n']);
      const changes = await store.homeChanges(home, token);
      assert.notEqual(changes, 'invalid-token');
      await store.commit([put(taken, 'b.vcf'), put(back, 'b.vcf')]);
      await store.commit([{ do: 'remove-user', user: 'h-6' }]);
      await refused(store.commit([restore]), 'absent');
      const withOwner = (await store.removedCollections()).filter(({ owner }) => owner === 'h-6');
      assert.deepEqual(withOwner.map((each) => [each.name, each.withOwner]).sort(), [
        ['friends', true],
        ['friends-2', true],
      ]);
      await store.commit([{ do: 'restore-user', user: 'h-6' }]);
      assert.equal((await store.collections(home)).length, 2);
    });

    it('marks are kept until they are taken away', async () => {
      const calendar = await made(store, 'h-7');
      const mark: Mark = {
        name: 'h-7-1',
        collection: calendar.id,
        by: { user: 'h-7', device: 'phone' },
        first: '1-1',
        since: 1,
        noticed: Date.now(),
        deleted: 51,
        rewritten: 0,
        of: 100,
      };
      const own = async () => (await store.marks()).filter(({ name }) => name.startsWith('h-7'));
      await store.commit([
        { do: 'mark', mark },
        { do: 'mark', mark: { ...mark, name: 'h-7-2' } },
      ]);
      const resolved = { how: 'undone', time: 5 } as const;
      await store.commit([{ do: 'mark', mark: { ...mark, resolved } }]);
      store = await given.reopen();
      assert.deepEqual(await own(), [
        { ...mark, resolved },
        { ...mark, name: 'h-7-2' },
      ]);
      await store.commit([{ do: 'unmark', name: 'h-7-1' }]);
      await refused(store.commit([{ do: 'unmark', name: 'h-7-1' }]), 'absent');
      store = await given.reopen();
      assert.deepEqual(await own(), [{ ...mark, name: 'h-7-2' }]);
    });

    it('the past is the same after the store is opened again', async () => {
      const look = async () => pastOf(store);
      const earlier = await look();
      store = await given.reopen();
      assert.deepEqual(await look(), earlier);
    });
  });
}
