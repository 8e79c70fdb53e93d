/** Multigets of as many objects as clients ask for at once: 1 to 5000 (vdirsyncer asks for all of them). */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { propertyOf, readMultistatus, textOf } from '../multistatus.ts';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const calendar = '/dav/calendars/alice/default/';
const stored = 120;

let server: TestServer;
before(async () => {
  server = await openTestServer();
  await Promise.all(
    Array.from({ length: stored }, (_, i) => server.alice('PUT', `${calendar}${i}.ics`, event(`uid${i}`))),
  );
});
after(() => server.close());

for (const asked of [1, 100, 500, 5000]) {
  test(`a multiget of ${asked} objects has one response for each, in order, 404 for what is not there`, async () => {
    const hrefs = Array.from({ length: asked }, (_, i) => `${calendar}${i}.ics`);
    const list = hrefs.map((href) => `<D:href>${href}</D:href>`).join('');
    const body = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/><C:calendar-data/></D:prop>${list}</C:calendar-multiget>`;
    const reply = await server.alice('REPORT', calendar, body);
    assert.equal(reply.status, 207);
    const { responses } = readMultistatus(reply.body);
    assert.deepEqual(
      responses.map(({ href }) => href),
      hrefs,
    );
    for (const [i, response] of responses.entries()) {
      if (i >= stored) assert.equal(response.status, 404);
      else
        assert.match(textOf(propertyOf(response, 'C:calendar-data')), new RegExp(`^UID:uid${i}\\r?$`, 'm'));
    }
  });
}
