import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPasswords } from '../../src/accounts/password.ts';
import { type Administrator, administrator } from '../../src/admin/operations.ts';
import type { Change } from '../../src/store/types.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const book = '/dav/addressbooks/alice/default/';
const calendar = '/dav/calendars/alice/default/';

let server: TestServer;
let administer: Administrator;
/** What was committed, by whom. */
let commits: { changes: readonly Change[]; agent: string | undefined }[] = [];

before(async () => {
  server = await openTestServer();
  const { store, sightings } = server.app;
  const watched = new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') {
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (changes: readonly Change[], how?: { by?: { agent?: string } }) => {
        commits.push({ changes, agent: how?.by?.agent });
        return target.commit(changes, how);
      };
    },
  });
  administer = administrator({
    data: server.data,
    store: watched,
    settings: server.app.settings(),
    layers: {},
    sightings,
    passwords: openPasswords(),
  });
});
after(() => server.close());

async function put(path: string, text: string): Promise<void> {
  assert.equal((await server.alice('PUT', path, text)).status, 201);
}

async function names(path: string): Promise<string[]> {
  const { body } = await server.alice('PROPFIND', path, '<propfind xmlns="DAV:"><prop/></propfind>', {
    depth: '1',
  });
  return [
    ...Buffer.from(body)
      .toString()
      .matchAll(/<D:href>[^<]*\/([^/<]+)<\/D:href>/g),
  ].map(([, name = '']) => name);
}

describe('dedupe', () => {
  test('a collection without repeats is left as it is', async () => {
    await put(`${book}a.vcf`, card('a', ['EMAIL:renee@example.com']));
    const outcome = await administer('dedupe', { path: 'alice/default' });
    assert.deepEqual(outcome, { repeats: [], removed: 0, dryRun: false });
    assert.deepEqual(commits, []);
  });

  test('a dry run tells of all repeats and changes nothing', async () => {
    await put(`${book}b.vcf`, card('b', ['EMAIL;TYPE=INTERNET:renee@example.com']));
    await put(`${book}c.vcf`, card('c', ['EMAIL:renee@example.com', 'NOTE:more']));
    await put(`${calendar}one.ics`, event('one'));
    await put(`${calendar}two.ics`, event('two'));
    const outcome = await administer('dedupe', { path: 'alice/default', dryRun: true });
    assert.deepEqual(outcome, {
      repeats: [
        {
          kind: 'calendar',
          how: 'exact',
          title: 'Meeting',
          kept: 'alice/calendars/default/one.ics',
          others: [{ path: 'alice/calendars/default/two.ics', fate: 'removed' }],
        },
        {
          kind: 'addressbook',
          how: 'exact',
          title: 'Renée Dubois',
          kept: 'alice/addressbooks/default/a.vcf',
          others: [{ path: 'alice/addressbooks/default/b.vcf', fate: 'removed' }],
        },
        {
          kind: 'addressbook',
          how: 'near',
          title: 'Renée Dubois',
          kept: 'alice/addressbooks/default/a.vcf',
          others: [{ path: 'alice/addressbooks/default/c.vcf', fate: 'listed' }],
        },
      ],
      removed: 2,
      dryRun: true,
    });
    assert.deepEqual(commits, []);
    assert.deepEqual(await names(book), ['a.vcf', 'b.vcf', 'c.vcf']);
  });

  test('exact repeats of contacts and events go in one commit', async () => {
    await administer('dedupe', { path: 'alice/default' });
    assert.deepEqual(await names(book), ['a.vcf', 'c.vcf']);
    assert.deepEqual(await names(calendar), ['one.ics']);
    assert.equal(commits.length, 1);
    assert.equal(commits[0]?.agent, 'davd dedupe');
    assert.equal(commits[0]?.changes.length, 2);
  });

  test('near repeats are merged on request, also as one commit', async () => {
    commits = [];
    const outcome = await administer('dedupe', { path: 'alice/addressbooks/default', near: true });
    assert.equal(outcome.removed, 1);
    assert.equal(outcome.repeats[0]?.others[0]?.fate, 'merged');
    assert.equal(commits.length, 1);
    assert.deepEqual(await names(book), ['a.vcf']);
    const merged = (await server.alice('GET', `${book}a.vcf`)).text();
    assert.equal(merged, card('a', ['EMAIL:renee@example.com', 'NOTE:more']));
  });

  test('of two repeats, the one in a group stays; if both are, both', async () => {
    await put(`${book}d.vcf`, card('d', ['EMAIL:renee@example.com', 'NOTE:more']));
    await put(
      `${book}group.vcf`,
      card('g', ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:d']),
    );
    const { repeats } = await administer('dedupe', { path: 'alice/addressbooks/default', dryRun: true });
    assert.deepEqual(
      repeats.map(({ kept, others }) => [kept, others]),
      [['alice/addressbooks/default/d.vcf', [{ path: 'alice/addressbooks/default/a.vcf', fate: 'removed' }]]],
    );
    await put(
      `${book}group2.vcf`,
      card('g2', ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a', 'NOTE:another']),
    );
    const both = await administer('dedupe', { path: 'alice/addressbooks/default' });
    assert.deepEqual([both.removed, both.repeats[0]?.others[0]?.fate], [0, 'kept: in a group']);
  });

  test('an event that says more than the first stays', async () => {
    await put(`${calendar}three.ics`, event('three').replace('SUMMARY', 'LOCATION:Here\r\nSUMMARY'));
    const { repeats, removed } = await administer('dedupe', { path: 'alice/calendars/default', near: true });
    assert.equal(removed, 0);
    assert.deepEqual(repeats[0]?.others, [
      { path: 'alice/calendars/default/three.ics', fate: 'kept: says more' },
    ]);
  });

  test('a name of nothing is said to be that', async () => {
    await assert.rejects(
      administer('dedupe', { path: 'alice/nothing' }),
      /has no calendar or address book "nothing"/,
    );
    await assert.rejects(administer('dedupe', { path: 'alice' }), /names no collection/);
  });
});
