/** What the listings of real clients get on every sort of resource: whole, in order, each name once. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PropertyName } from '../../src/store/types.ts';
import { checkMultistatus, clark, readMultistatus } from '../multistatus.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

/** Properties that clients ask for in one request (clients' sources and recordings; see the conversations). */
const lists: Readonly<Record<string, string>> = {
  'Apple Calendar, principal': `C:calendar-home-set C:calendar-user-address-set D:current-user-principal D:displayname
    CS:dropbox-home-URL CS:email-address-set CS:notification-URL D:principal-collection-set D:principal-URL
    D:resource-id C:schedule-inbox-URL C:schedule-outbox-URL D:supported-report-set CS:allowed-calendar-component-set`,
  'Apple Calendar, home': `D:add-member CS:allowed-sharing-modes IC:autoprovisioned ME:bulk-requests C:calendar-alarm
    IC:calendar-color C:calendar-description C:calendar-free-busy-set IC:calendar-order C:calendar-timezone
    D:current-user-privilege-set C:default-alarm-vevent-date C:default-alarm-vevent-datetime D:displayname CS:getctag
    CS:invite IC:language-code IC:location-code D:owner CS:pre-publish-url CS:publish-url CS:push-transports CS:pushkey
    D:quota-available-bytes D:quota-used-bytes IC:refreshrate D:resource-id D:resourcetype C:schedule-calendar-transp
    C:schedule-default-calendar-URL CS:source CS:subscribed-strip-alarms CS:subscribed-strip-attachments
    CS:subscribed-strip-todos C:supported-calendar-component-set C:supported-calendar-component-sets
    D:supported-report-set D:sync-token C:managed-attachments-server-URL C:max-attendees-per-instance
    CR:max-image-size CR:max-resource-size CS:me-card CS:xmpp-server CS:xmpp-uri`,
  'Apple Contacts, principal': `CR:addressbook-home-set CR:directory-gateway D:displayname CS:email-address-set
    D:principal-collection-set D:principal-URL D:resource-id D:supported-report-set`,
  'Apple Contacts, home': `D:add-member ME:bulk-requests D:current-user-privilege-set D:displayname CR:max-image-size
    CR:max-resource-size CS:me-card D:owner CS:push-transports CS:pushkey D:quota-available-bytes D:quota-used-bytes
    D:resource-id D:resourcetype D:supported-report-set D:sync-token`,
  'Outlook CalDav Synchronizer': `D:resourcetype D:displayname IC:calendar-color C:supported-calendar-component-set
    D:supported-report-set D:current-user-privilege-set D:owner CS:organizer D:current-user-principal D:principal-URL`,
  KDE: `D:displayname D:resourcetype IC:calendar-color C:supported-calendar-component-set
    D:current-user-privilege-set CS:getctag PUSH:topic`,
  'DAVx5, calendars': `D:current-user-privilege-set D:displayname D:owner D:resourcetype PUSH:transports PUSH:topic
    IC:calendar-color C:calendar-description C:calendar-timezone C:calendar-timezone-id
    C:supported-calendar-component-set CS:source D:supported-report-set D:sync-token CS:getctag C:max-resource-size`,
  'DAVx5, contacts': `D:current-user-privilege-set D:displayname D:owner D:resourcetype PUSH:transports PUSH:topic
    CR:addressbook-description D:supported-report-set D:sync-token CS:getctag CR:max-resource-size
    CR:supported-address-data`,
  Evolution: `D:resourcetype CS:source C:supported-calendar-component-set D:displayname D:getetag CS:getctag
    D:getcontenttype D:getcontentlength D:creationdate D:getlastmodified C:calendar-description
    CR:addressbook-description IC:calendar-color IC:calendar-order`,
  Thunderbird: `D:resourcetype D:owner D:displayname D:current-user-principal D:current-user-privilege-set
    IC:calendar-color C:calendar-home-set D:supported-report-set C:supported-calendar-component-set CS:getctag`,
  'a client that repeats itself':
    'D:displayname D:getetag D:displayname D:no-such-thing D:getetag D:no-such-thing',
};

/** Must be found wherever they make sense, since some client gives up without them. */
const always: Readonly<Record<string, string>> = {
  principal: `D:resourcetype D:displayname D:principal-URL D:current-user-principal C:calendar-home-set
    CR:addressbook-home-set C:calendar-user-address-set CS:email-address-set D:principal-collection-set
    D:supported-report-set D:group-membership D:alternate-URI-set D:current-user-privilege-set`,
  home: `D:resourcetype D:displayname D:current-user-privilege-set D:owner D:current-user-principal
    D:supported-report-set D:sync-token CS:getctag C:calendar-home-set CR:addressbook-home-set D:principal-URL`,
  calendar: `D:resourcetype D:displayname C:supported-calendar-component-set D:current-user-privilege-set D:owner
    D:current-user-principal CS:getctag D:sync-token D:supported-report-set IC:calendar-color
    C:supported-calendar-data C:max-resource-size D:principal-URL`,
  book: `D:resourcetype D:displayname D:current-user-privilege-set D:owner D:current-user-principal CS:getctag
    D:sync-token D:supported-report-set CR:supported-address-data CR:max-resource-size`,
  object: 'D:getetag D:getcontenttype D:getcontentlength D:getlastmodified D:resourcetype',
};

const resources: readonly [url: string, kind: keyof typeof always | undefined][] = [
  ['/', undefined],
  ['/dav/', undefined],
  ['/dav/principals/', undefined],
  ['/dav/calendars/', undefined],
  ['/dav/addressbooks/', undefined],
  ['/dav/principals/alice/', 'principal'],
  ['/dav/calendars/alice/', 'home'],
  ['/dav/addressbooks/alice/', 'home'],
  ['/dav/calendars/alice/default/', 'calendar'],
  ['/dav/calendars/alice/tasks/', 'calendar'],
  ['/dav/calendars/alice/bare/', 'calendar'],
  ['/dav/addressbooks/alice/default/', 'book'],
  ['/dav/calendars/alice/default/one.ics', 'object'],
  ['/dav/addressbooks/alice/default/one.vcf', 'object'],
];

let server: TestServer;
before(async () => {
  server = await openTestServer();
  await server.alice('PUT', '/dav/calendars/alice/default/one.ics', event('one'));
  await server.alice('PUT', '/dav/addressbooks/alice/default/one.vcf', card('one'));
  await server.alice('MKCALENDAR', '/dav/calendars/alice/bare/');
});
after(() => server.close());

function names(list: string): PropertyName[] {
  return [...new Set(list.trim().split(/\s+/).map(clark))];
}

async function propfind(url: string, list: string, headers: Record<string, string>) {
  const elements = list
    .trim()
    .split(/\s+/)
    .map((name) => {
      const [namespace, local] = clark(name).slice(1).split('}');
      return `<${local} xmlns="${namespace}"/>`;
    });
  const body = `<propfind xmlns="DAV:"><prop>${elements.join('')}</prop></propfind>`;
  const reply = await server.alice('PROPFIND', url, body, headers);
  assert.equal(reply.status, 207, reply.text());
  checkMultistatus(reply.body, reply.headers['content-type'], 'brief' in headers || 'prefer' in headers);
  return readMultistatus(reply.body).responses;
}

for (const [client, list] of Object.entries(lists)) {
  describe(`the list of ${client}`, () => {
    for (const [url] of resources) {
      test(`on ${url}: each property found or not, once, the found ones first`, async () => {
        for (const depth of ['0', '1']) {
          for (const response of await propfind(url, list, { depth })) {
            assert.deepEqual([...response.properties.keys()].sort(), names(list).sort());
            const statuses = [...response.properties.values()].map((p) => p.status);
            assert.ok(statuses.every((status) => status === 200 || status === 404));
          }
        }
      });

      test(`on ${url}: with Brief or return=minimal only what was found`, async () => {
        const whole = await propfind(url, list, { depth: '1' });
        for (const wish of [{ brief: 't' }, { prefer: 'return=minimal' }]) {
          const less = await propfind(url, list, { depth: '1', ...wish });
          assert.deepEqual(
            less.map(({ href, properties }) => [href, [...properties.keys()].sort()]),
            whole.map(({ href, properties }) => [
              href,
              [...properties]
                .filter(([, p]) => p.status === 200)
                .map(([name]) => name)
                .sort(),
            ]),
          );
        }
      });
    }
  });
}

for (const [url, kind] of resources) {
  if (kind === undefined) continue;
  test(`${url} is never without what some client needs`, async () => {
    const [response] = await propfind(url, always[kind] ?? '', { depth: '0' });
    const missing = [...(response?.properties ?? [])]
      .filter(([, p]) => p.status !== 200)
      .map(([name]) => name);
    assert.deepEqual(missing, []);
  });
}

test('a preference that was heeded is confirmed, and caches are told', async () => {
  const body = '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>';
  const reply = await server.alice('PROPFIND', '/dav/', body, { depth: '0', prefer: 'return=minimal' });
  assert.match(reply.headers['preference-applied'] ?? '', /^return=minimal$/);
  assert.match(reply.headers['vary'] ?? '', /Brief.*Prefer/);
});
