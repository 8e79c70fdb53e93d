import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Change, Collection, Store } from '../../src/store/types.ts';
import { bytesOf, changesOf, type Given, known, made, membersOf, put, refused } from './contract.ts';

/** What every store must do when members and collections are copied or replaced. */
export function copyContract(label: string, give: () => Promise<Given>): void {
  describe(`store contract, copies: ${label}`, () => {
    let given: Given;
    let store: Store;
    before(async () => {
      given = await give();
      store = given.store;
    });
    after(() => given.end());

    it('copies a member with its properties, and leaves the original', async () => {
      const one = await made(store, 'c-1', 'calendar', 'one');
      const two = await made(store, 'c-1', 'calendar', 'two');
      const target = { of: 'member', collection: one.id, name: 'a.ics' } as const;
      await store.commit([put(one, 'a.ics', 'a'), { do: 'patch', target, set: { '{x}p': '1' } }]);
      const original = known(await store.member(one, 'a.ics'));
      const copy: Change = {
        do: 'copy',
        collection: one.id,
        name: 'a.ics',
        to: { collection: two.id, name: 'b.ics' },
      };
      assert.deepEqual(await store.commit([copy]), [{ created: true, etag: original.etag }]);
      assert.deepEqual(await store.member(one, 'a.ics'), original);
      const made2 = known(await store.member(two, 'b.ics'));
      assert.deepEqual([made2.etag, made2.properties], [original.etag, { '{x}p': '1' }]);
      assert.deepEqual(await bytesOf(store, two, 'b.ics'), ['a|VEVENT||\n']);
      assert.equal((await store.commit([copy]))[0]?.created, false);
    });

    it('tests UID and expectations of a copy at both ends', async () => {
      const one = await made(store, 'c-2', 'calendar', 'one');
      const two = await made(store, 'c-2', 'calendar', 'two');
      await store.commit([put(one, 'a.ics', 'a'), put(two, 'x.ics', 'a'), put(two, 'y.ics', 'y')]);
      const copy = (to: Collection, name: string, more = {}): Change => ({
        do: 'copy',
        collection: one.id,
        name: 'a.ics',
        to: { collection: to.id, name },
        ...more,
      });
      assert.equal((await refused(store.commit([copy(two, 'n.ics')]), 'uid-conflict')).detail, 'x.ics');
      assert.equal((await refused(store.commit([copy(one, 'n.ics')]), 'uid-conflict')).detail, 'a.ics');
      await refused(store.commit([copy(two, 'y.ics', { expectTarget: { noneMatch: '*' } })]), 'expectation');
      await refused(store.commit([copy(two, 'x.ics', { expect: { match: ['other'] } })]), 'expectation');
      assert.deepEqual(
        (await membersOf(store, two)).map(({ name }) => name),
        ['x.ics', 'y.ics'],
      );
    });

    it('copies a collection with or without its members, in one commit', async () => {
      const home = { user: 'c-3', kind: 'calendar' } as const;
      const one = await made(store, 'c-3', 'calendar', 'one');
      await store.commit([
        put(one, 'a.ics', 'a'),
        put(one, 'b.ics', 'b'),
        { do: 'patch', target: { of: 'collection', collection: one.id }, set: { '{x}colour': 'red' } },
        { do: 'patch', target: { of: 'member', collection: one.id, name: 'a.ics' }, set: { '{x}p': '1' } },
      ]);
      const copy = { do: 'copy-collection', ...home, name: 'one' } as const;
      assert.deepEqual(
        await store.commit([
          { ...copy, to: 'whole', members: true },
          { ...copy, to: 'empty', members: false },
        ]),
        [{ created: true }, { created: true }],
      );
      const whole = known(await store.collection(home, 'whole'));
      const empty = known(await store.collection(home, 'empty'));
      assert.deepEqual([whole.properties, whole.components], [{ '{x}colour': 'red' }, one.components]);
      assert.deepEqual([whole.count, empty.count], [2, 0]);
      assert.notEqual(whole.id, one.id);
      assert.deepEqual(known(await store.member(whole, 'a.ics')).properties, { '{x}p': '1' });
      assert.deepEqual(await bytesOf(store, whole, 'a.ics', 'b.ics'), ['a|VEVENT||\n', 'b|VEVENT||\n']);
      assert.deepEqual((await changesOf(store, whole, null)).names.sort(), ['a.ics', 'b.ics']);
      await store.commit([{ do: 'delete', collection: one.id, name: 'a.ics' }]);
      assert.equal((await store.memberByUid(whole, 'a'))?.name, 'a.ics');
      await refused(store.commit([{ ...copy, to: 'whole', members: true }]), 'exists');
      await refused(store.commit([{ ...copy, name: 'nix', to: 'x', members: true }]), 'absent');
    });

    it('copies a collection as the changes before it left it', async () => {
      const home = { user: 'c-5', kind: 'calendar' } as const;
      const one = await made(store, 'c-5', 'calendar', 'one');
      await store.commit([put(one, 'a.ics', 'a'), put(one, 'b.ics', 'b')]);
      await store.commit([
        { do: 'delete', collection: one.id, name: 'a.ics' },
        put(one, 'c.ics', 'c'),
        put(one, 'b.ics', 'b', 'new'),
        { do: 'copy-collection', ...home, name: 'one', to: 'two', members: true },
      ]);
      const two = known(await store.collection(home, 'two'));
      assert.deepEqual(await bytesOf(store, two, 'a.ics', 'b.ics', 'c.ics'), [
        undefined,
        'b|VEVENT||\nnew',
        'c|VEVENT||\n',
      ]);
    });

    it('a collection takes the place of another in one commit', async () => {
      const home = { user: 'c-4', kind: 'calendar' } as const;
      const one = await made(store, 'c-4', 'calendar', 'one');
      const two = await made(store, 'c-4', 'calendar', 'two');
      await store.commit([put(one, 'a.ics', 'a', 'new'), put(two, 'a.ics', 'a', 'old'), put(two, 'b.ics')]);
      const { token } = known(await store.home(home));
      await store.commit([
        { do: 'remove-collection', ...home, name: 'two' },
        { do: 'rename-collection', ...home, name: 'one', to: 'two' },
      ]);
      const now = known(await store.collection(home, 'two'));
      assert.deepEqual([now.id, now.count], [one.id, 1]);
      assert.equal(await store.collection(home, 'one'), undefined);
      const changes = await store.homeChanges(home, token);
      assert.ok(changes !== 'invalid-token');
      assert.deepEqual([changes.changed.map(({ name }) => name), changes.removed], [['two'], ['one']]);
    });

    it('copies are there when the store is opened again', async () => {
      store = await given.reopen();
      const whole = known(await store.collection({ user: 'c-3', kind: 'calendar' }, 'whole'));
      assert.deepEqual(await bytesOf(store, whole, 'a.ics', 'b.ics'), ['a|VEVENT||\n', 'b|VEVENT||\n']);
      const two = known(await store.collection({ user: 'c-4', kind: 'calendar' }, 'two'));
      assert.deepEqual(await bytesOf(store, two, 'a.ics'), ['a|VEVENT||\nnew']);
      assert.ok((await store.available()) > 0);
    });
  });
}
