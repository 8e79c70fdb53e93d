import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Change, Circumstances, Collection, Lock, Store } from '../../src/store/types.ts';
import { type Given, known, made, put, refused } from './contract.ts';

const later = () => Date.now() + 60_000;

function lock(collection: Collection, token: string, more: Partial<Lock> = {}): Lock {
  return {
    token,
    collection: collection.id,
    member: null,
    scope: 'exclusive',
    depth: '0',
    user: collection.owner,
    owner: '',
    expires: later(),
    timeout: 60_000,
    ...more,
  };
}

/** As a request does: with the tokens that its user submits. */
function as(user: string, ...tokens: string[]): Circumstances {
  return { locks: { user, tokens } };
}

/** What every store must do about locks and the conditions of a commit (RFC 4918 §6, §7, §10.4). */
export function lockContract(label: string, give: () => Promise<Given>): void {
  describe(`store contract, locks: ${label}`, () => {
    let given: Given;
    let store: Store;
    before(async () => {
      given = await give();
      store = given.store;
    });
    after(() => given.end());

    const remove = (collection: Collection, name: string): Change => ({
      do: 'delete',
      collection: collection.id,
      name,
    });
    const names = async (collection: Collection) =>
      (await store.locks(collection)).map(({ token }) => token).sort();

    it('a locked member changes only with its token, submitted by who has the lock', async () => {
      const calendar = await made(store, 'l-1');
      await store.commit([put(calendar, 'a.ics'), put(calendar, 'b.ics')]);
      const held = lock(calendar, 'urn:1', { member: 'a.ics' });
      assert.deepEqual(await store.commit([{ do: 'lock', lock: held }], as('l-1')), [{ created: false }]);
      assert.deepEqual(await store.locks(calendar), [held]);
      const change = put(calendar, 'a.ics', 'a.ics', 'new');
      const error = await refused(store.commit([change], as('l-1')), 'locked');
      assert.deepEqual(error.locks, [held]);
      await refused(store.commit([change], as('other', 'urn:1')), 'locked');
      await refused(store.commit([remove(calendar, 'a.ics')], as('l-1', 'urn:2')), 'locked');
      const patch: Change = {
        do: 'patch',
        target: { of: 'member', collection: calendar.id, name: 'a.ics' },
        set: { '{x}p': '1' },
      };
      await refused(store.commit([patch], as('l-1')), 'locked');
      await store.commit([put(calendar, 'b.ics', 'b.ics', 'new')], as('l-1'));
      await store.commit([change, patch], as('l-1', 'urn:1'));
      await store.commit([put(calendar, 'a.ics', 'a.ics', 'of the machine')]);
      assert.deepEqual(await names(calendar), ['urn:1']);
    });

    it('a lock goes with the member it stands on, and does not follow a move', async () => {
      const calendar = await made(store, 'l-2');
      await store.commit([put(calendar, 'a.ics'), put(calendar, 'b.ics')]);
      await store.commit([
        { do: 'lock', lock: lock(calendar, 'urn:a', { member: 'a.ics' }) },
        { do: 'lock', lock: lock(calendar, 'urn:b', { member: 'b.ics' }) },
      ]);
      const move: Change = {
        do: 'move',
        collection: calendar.id,
        name: 'b.ics',
        to: { collection: calendar.id, name: 'c.ics' },
      };
      await refused(store.commit([move], as('l-2')), 'locked');
      await store.commit([remove(calendar, 'a.ics'), move], as('l-2', 'urn:a', 'urn:b'));
      assert.deepEqual(await names(calendar), []);
    });

    it('a lock on a free name keeps the name for who has it', async () => {
      const calendar = await made(store, 'l-3');
      const held = lock(calendar, 'urn:free', { member: 'new.ics' });
      assert.deepEqual(await store.commit([{ do: 'lock', lock: held }]), [{ created: true }]);
      assert.equal(await store.member(calendar, 'new.ics'), undefined);
      await refused(store.commit([put(calendar, 'new.ics')], as('l-3')), 'locked');
      await store.commit([put(calendar, 'new.ics')], as('l-3', 'urn:free'));
      assert.deepEqual(await names(calendar), ['urn:free']);
    });

    it('exclusive locks stand alone, shared ones beside each other; one token of several is enough', async () => {
      const calendar = await made(store, 'l-4');
      await store.commit([put(calendar, 'a.ics')]);
      const member = 'a.ics';
      await store.commit([
        { do: 'lock', lock: lock(calendar, 'urn:s1', { member, scope: 'shared' }) },
        { do: 'lock', lock: lock(calendar, 'urn:s2', { member, scope: 'shared' }) },
      ]);
      const exclusive: Change = { do: 'lock', lock: lock(calendar, 'urn:x', { member }) };
      const error = await refused(store.commit([exclusive]), 'lock-conflict');
      assert.deepEqual(error.locks.map(({ token }) => token).sort(), ['urn:s1', 'urn:s2']);
      await store.commit([put(calendar, 'a.ics', 'a.ics', '2')], as('l-4', 'urn:s2'));
      await store.commit([
        { do: 'unlock', collection: calendar.id, token: 'urn:s1' },
        { do: 'unlock', collection: calendar.id, token: 'urn:s2' },
        exclusive,
      ]);
      const shared: Change = { do: 'lock', lock: lock(calendar, 'urn:s3', { member, scope: 'shared' }) };
      await refused(store.commit([shared]), 'lock-conflict');
      await refused(store.commit([{ do: 'unlock', collection: calendar.id, token: 'urn:s1' }]), 'absent');
    });

    it('a lock on a collection covers which members it has; with depth infinity what they are as well', async () => {
      const calendar = await made(store, 'l-5');
      await store.commit([put(calendar, 'a.ics')]);
      const shallow: Change = { do: 'lock', lock: lock(calendar, 'urn:0') };
      await store.commit([shallow]);
      await refused(store.commit([put(calendar, 'b.ics')], as('l-5')), 'locked');
      await refused(store.commit([remove(calendar, 'a.ics')], as('l-5')), 'locked');
      await store.commit([put(calendar, 'a.ics', 'a.ics', '2')], as('l-5'));
      const colour: Change = {
        do: 'patch',
        target: { of: 'collection', collection: calendar.id },
        set: { '{x}colour': 'red' },
      };
      await refused(store.commit([colour], as('l-5')), 'locked');
      await store.commit([{ do: 'unlock', collection: calendar.id, token: 'urn:0' }]);
      await store.commit([{ do: 'lock', lock: lock(calendar, 'urn:all', { depth: 'infinity' }) }]);
      await refused(store.commit([put(calendar, 'a.ics', 'a.ics', '3')], as('l-5')), 'locked');
      await refused(
        store.commit([{ do: 'lock', lock: lock(calendar, 'urn:m', { member: 'a.ics' }) }]),
        'lock-conflict',
      );
      await store.commit(
        [put(calendar, 'a.ics', 'a.ics', '3'), put(calendar, 'b.ics')],
        as('l-5', 'urn:all'),
      );
    });

    it('a collection goes, moves or is locked whole only with the tokens of its members', async () => {
      const home = { user: 'l-6', kind: 'calendar' } as const;
      const calendar = await made(store, 'l-6');
      await store.commit([
        put(calendar, 'a.ics'),
        { do: 'lock', lock: lock(calendar, 'urn:m', { member: 'a.ics' }) },
      ]);
      const whole: Change = { do: 'lock', lock: lock(calendar, 'urn:all', { depth: 'infinity' }) };
      await refused(store.commit([whole]), 'lock-conflict');
      const rename: Change = { do: 'rename-collection', ...home, name: 'default', to: 'else' };
      const error = await refused(store.commit([rename], as('l-6')), 'locked');
      assert.deepEqual(
        error.locks.map(({ member }) => member),
        ['a.ics'],
      );
      await refused(
        store.commit([{ do: 'remove-collection', ...home, name: 'default' }], as('l-6')),
        'locked',
      );
      await store.commit([rename], as('l-6', 'urn:m'));
      assert.deepEqual(await names(calendar), []);
    });

    it('a lock can be held longer, and is gone when its time is over', async () => {
      const calendar = await made(store, 'l-7');
      const held = lock(calendar, 'urn:long', { member: 'a.ics' });
      const over = lock(calendar, 'urn:over', { member: 'b.ics', expires: Date.now() - 1 });
      await store.commit([
        { do: 'lock', lock: held },
        { do: 'lock', lock: over },
      ]);
      assert.deepEqual(await names(calendar), ['urn:long']);
      await store.commit([put(calendar, 'b.ics')], as('l-7'));
      const expires = later() + 1000;
      const refresh = { do: 'refresh-lock', collection: calendar.id, expires, timeout: 61_000 } as const;
      await store.commit([{ ...refresh, token: 'urn:long' }]);
      assert.deepEqual(await store.locks(calendar), [{ ...held, expires, timeout: 61_000 }]);
      await refused(store.commit([{ ...refresh, token: 'urn:over' }]), 'absent');
    });

    it('conditions are lists of which one must hold, tested inside the commit', async () => {
      const calendar = await made(store, 'l-8');
      const [{ etag = '' } = {}] = await store.commit([put(calendar, 'a.ics')]);
      await store.commit([{ do: 'lock', lock: lock(calendar, 'urn:c', { depth: 'infinity' }) }]);
      const of = { collection: calendar.id, member: 'a.ics' };
      const hasEtag = { of, not: false, state: { etag } };
      const hasToken = { of, not: false, state: { token: 'urn:c' } };
      const given = (...conditions: NonNullable<Circumstances['conditions']>) =>
        store.commit([], { conditions });
      await given([hasEtag, hasToken]);
      await given([{ ...hasEtag, not: true }], [hasToken]);
      await given([{ of: null, not: true, state: { token: 'urn:c' } }]);
      await given([{ of: { ...of, member: 'free.ics' }, not: false, state: { token: 'urn:c' } }]);
      await refused(given([hasEtag, { ...hasToken, not: true }]), 'expectation', -1);
      await refused(given([{ of, not: false, state: { etag: 'other' } }]), 'expectation', -1);
      await refused(given([{ of: null, not: false, state: { token: 'urn:c' } }]), 'expectation', -1);
      await refused(given(), 'expectation', -1);
    });

    it('a date is a condition as well', async () => {
      const calendar = await made(store, 'l-9');
      await store.commit([put(calendar, 'a.ics')]);
      const { modified } = known(await store.member(calendar, 'a.ics'));
      const second = Math.floor(modified / 1000) * 1000;
      const change = (unmodifiedSince: number): Change => ({
        ...put(calendar, 'a.ics', 'a.ics', `${unmodifiedSince}`),
        expect: { unmodifiedSince },
      });
      await refused(store.commit([change(second - 1000)]), 'expectation');
      await store.commit([change(second + 60_000)]);
      await store.commit([{ ...put(calendar, 'new.ics'), expect: { unmodifiedSince: 0 } }]);
    });

    it('locks are there when the store is opened again', async () => {
      const before = known(await store.collection({ user: 'l-1', kind: 'calendar' }, 'default'));
      const held = await store.locks(before);
      assert.equal(held.length, 1);
      for (let round = 0; round < 2; round++) {
        store = await given.reopen();
        assert.deepEqual(await store.locks(before), held);
        await refused(store.commit([put(before, 'a.ics', 'a.ics', 'x')], as('l-1')), 'locked');
      }
    });
  });
}
