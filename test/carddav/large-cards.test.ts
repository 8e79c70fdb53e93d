/** Cards of megabytes on the whole way: stored, read, converted, searched. How long it takes: npm run bench:contacts. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { readMultistatus, responseOf, textOf } from '../multistatus.ts';
import { card } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const MB = 1024 * 1024;
const book = '/dav/addressbooks/alice/default/';

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

async function store(name: string, text: string): Promise<void> {
  const reply = await server.alice('PUT', `${book}${name}.vcf`, text);
  assert.equal(reply.status, 201, reply.text());
}

async function read(name: string, accept = 'text/vcard'): Promise<string> {
  const reply = await server.alice('GET', `${book}${name}.vcf`, undefined, { accept });
  assert.equal(reply.status, 200);
  return reply.text();
}

/** The address-data of a card in a multiget, with the line ends that XML keeps. */
async function fetched(name: string, data: string): Promise<string> {
  const href = `${book}${name}.vcf`;
  const reply = await server.alice(
    'REPORT',
    book,
    `<CR:addressbook-multiget xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop>${data}</prop><href>${href}</href></CR:addressbook-multiget>`,
  );
  const property = responseOf(readMultistatus(reply.body), href).properties.get(
    '{urn:ietf:params:xml:ns:carddav}address-data',
  );
  assert.ok(property);
  return textOf(property.element);
}

/** How many cards a filter finds. */
async function count(filter: string): Promise<number> {
  const reply = await server.alice(
    'REPORT',
    book,
    `<CR:addressbook-query xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop><getetag/></prop><CR:filter>${filter}</CR:filter></CR:addressbook-query>`,
    { depth: '1' },
  );
  assert.equal(reply.status, 207, reply.text());
  return readMultistatus(reply.body).responses.length;
}

function folded(line: string): string {
  return line.slice(0, 75) + line.slice(75).replace(/.{1,74}/gs, '\r\n $&');
}

describe('a photo of 10 MB', () => {
  const data = randomBytes(10 * MB).toString('base64');
  const text = card('photo', [folded(`PHOTO;ENCODING=b;TYPE=JPEG:${data}`)]);

  test('is stored and given back as it was sent', async () => {
    await store('photo', text);
    assert.ok((await read('photo')) === text);
    assert.ok((await fetched('photo', '<CR:address-data/>')) === text.trim());
  });

  test('is a data URI in vCard 4.0', async () => {
    const four = await read('photo', 'text/vcard; version=4.0');
    assert.ok(four.replaceAll('\r\n ', '').includes(`\r\nPHOTO:data:image/jpeg;base64,${data}\r\n`));
  });

  test('can be left out', async () => {
    const part = await fetched('photo', '<CR:address-data><CR:prop name="FN"/></CR:address-data>');
    assert.equal(part, 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Renée Dubois\r\nEND:VCARD');
  });
});

describe('a card of 100,000 lines', () => {
  const text = card(
    'lines',
    Array.from({ length: 100_000 }, (_, i) => `item${i}.TEL;TYPE=work:+1-555-${i}`),
  );

  test('is stored and given back as it was sent', async () => {
    await store('lines', text);
    assert.ok((await read('lines')) === text);
  });

  test('is found by its last line, and converted', async () => {
    assert.equal(
      await count('<CR:prop-filter name="TEL"><CR:text-match>555-99999</CR:text-match></CR:prop-filter>'),
      1,
    );
    assert.match(
      await read('lines', 'text/vcard; version=4.0'),
      /\r\nitem99999\.TEL;TYPE=work:\+1-555-99999\r\n/,
    );
  });
});

describe('a line of 5 MB', () => {
  const note = `NOTE:${'a\\, é '.repeat((5 * MB) / 7)}end of it`;

  for (const [fact, line] of [
    ['in one piece', note],
    ['folded', folded(note)],
  ] as const) {
    test(`${fact} is stored, given back as it was sent, and found`, async () => {
      const name = fact.split(' ').join('-');
      const text = card(name, [line]);
      await store(name, text);
      assert.ok((await read(name)) === text);
      assert.match(await read(name, 'text/vcard; version=4.0'), /^BEGIN:VCARD\r\nVERSION:4\.0\r\n/);
    });
  }

  test('is searched to its end', async () => {
    assert.equal(
      await count(
        '<CR:prop-filter name="NOTE"><CR:text-match match-type="ends-with">END OF IT</CR:text-match></CR:prop-filter>',
      ),
      2,
    );
  });
});

describe('quoted parameters', () => {
  // Each special character of RFC 6350 §3.3 and RFC 6868.
  const label = `a;b:c,d=e.f^'g^^h^ni\\j'k é 😀 \t|`;
  const meant = label.replace("^'", '&quot;').replace('^^', '^').replace('^n', '&#10;');
  const text = card('quoted', [`ADR;X-LABEL="${label}";TYPE="home,work":;;Street\\;1;Town;;;`]);

  test('are kept as they were sent', async () => {
    await store('quoted', text);
    assert.equal(await read('quoted'), text);
    assert.equal(await fetched('quoted', '<CR:address-data/>'), text.trim());
  });

  test('are understood by filters', async () => {
    const filter = (value: string) =>
      `<CR:prop-filter name="ADR"><CR:param-filter name="X-LABEL"><CR:text-match match-type="equals">${value}</CR:text-match></CR:param-filter></CR:prop-filter>`;
    assert.equal(await count(filter(meant)), 1);
    assert.equal(await count(filter('a')), 0);
  });

  test('mean the same in vCard 4.0, and when they come back from there', async () => {
    const four = await read('quoted', 'text/vcard; version=4.0');
    await server.alice('DELETE', `${book}quoted.vcf`);
    await store('quoted', four);
    assert.match(
      (await read('quoted')).replaceAll('\r\n ', ''),
      /;X-LABEL="a;b:c,d=e\.f\^'g\^\^h\^ni\\j'k é 😀 \t\|"/,
    );
  });
});
