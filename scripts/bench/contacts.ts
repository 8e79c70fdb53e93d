/**
 * How long a search of 10,000 contacts takes and how long it holds the event loop, and that cards of megabytes cost no
 * more than their size: `npm run bench:contacts`. The server runs in this process, without sockets.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as setImmediatePromise } from 'node:timers/promises';
import { openPasswords } from '../../src/accounts/password.ts';
import { addUser } from '../../src/admin/users.ts';
import { type App, initStore, openApp } from '../../src/app.ts';
import { openLog } from '../../src/log.ts';

const login = { user: 'alice', password: 'bench-password-1' };
const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
const CARDS = 10_000;
const MB = 1024 * 1024;
const book = '/dav/addressbooks/alice/default/';
const given = ['Renée', 'Zoë', 'Jürgen', 'Ana', 'Søren', 'Łukasz', 'Olga', 'Émile', 'Noor', 'Chloé'];
const family = ['Dubois', 'Ångström', 'Müller', 'García', 'Nowak', 'Straße', 'Ivanova', 'de Vries'];

interface Answered {
  readonly status: number;
  text(): string;
}

async function send(app: App, method: string, path: string, body: string, headers = {}): Promise<Answered> {
  const bytes = Buffer.from(body);
  const reply = await app.handle({
    method,
    path,
    query: '',
    headers: { authorization, 'content-length': String(bytes.length), ...headers },
    body: { bytes: async () => bytes },
    remote: '127.0.0.1',
    secure: true,
    exposed: false,
  });
  const parts: Buffer[] = [];
  if (typeof reply.body === 'string' || reply.body instanceof Uint8Array) parts.push(Buffer.from(reply.body));
  else if (reply.body) for await (const part of reply.body) parts.push(Buffer.from(part));
  return { status: reply.status, text: () => Buffer.concat(parts).toString() };
}

/** A contact as a phone keeps it; one of a hundred has a picture, one of a thousand is somebody to be found. */
function contact(i: number): string {
  const [first, last] = [given[i % given.length], family[i % family.length]];
  const sought = i % 1000 === 7;
  return [
    'BEGIN:VCARD',
    `VERSION:${i % 3 === 0 ? '4.0' : '3.0'}`,
    `UID:bench-${i}`,
    `FN:${first} ${last} ${i}`,
    `N:${last} ${i};${first};;;`,
    ...(sought && i % 2000 === 7 ? ['NICKNAME:Le Québécois'] : []),
    `EMAIL;TYPE=home:${i}@example.com`,
    `item1.TEL;TYPE=cell:+33 6 ${String(i).padStart(8, '0')}`,
    'item1.X-ABLabel:mobile',
    `ORG:${sought && i % 2000 !== 7 ? 'Société QUÉBÉCOISE' : `Example ${i % 50}`}`,
    `ADR;TYPE=home:;;${i} rue du Bac;Paris;;75007;France`,
    ...(i % 100 === 0 ? [`PHOTO;ENCODING=b;TYPE=JPEG:${randomBytes(50_000).toString('base64')}`] : []),
    'END:VCARD',
    '',
  ].join('\r\n');
}

async function fill(app: App): Promise<void> {
  let next = 0;
  const write = async () => {
    for (let i = next++; i < CARDS; i = next++) {
      assert.equal((await send(app, 'PUT', `${book}${i}.vcf`, contact(i))).status, 201);
    }
  };
  await Promise.all(Array.from({ length: 32 }, write));
}

/** "contains" in every property that people search in. */
function search(text: string, collation: string): string {
  const filters = ['FN', 'N', 'NICKNAME', 'EMAIL', 'TEL', 'ORG'].map(
    (name) =>
      `<C:prop-filter name="${name}"><C:text-match collation="${collation}" match-type="contains">${text}</C:text-match></C:prop-filter>`,
  );
  return `<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop><getetag/><C:address-data/></prop><C:filter test="anyof">${filters.join('')}</C:filter></C:addressbook-query>`;
}

interface Timed<T> {
  readonly result: T;
  /** ms by the clock, which other programs lengthen. */
  readonly ms: number;
  /** ms of this thread's work alone. */
  readonly cpu: number;
  /** The most of it between two turns of the event loop: so long others waited. */
  readonly held: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  let done = false;
  let held = 0;
  let last = threadMs();
  const turn = () => {
    const now = threadMs();
    held = Math.max(held, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  const from = performance.now();
  const begun = threadMs();
  setImmediate(turn);
  const result = await work();
  const [ms, cpu] = [performance.now() - from, threadMs() - begun];
  await setImmediatePromise();
  done = true;
  return { result, ms, cpu, held };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function figure(what: string, { ms, cpu, held }: Omit<Timed<unknown>, 'result'>, more = ''): void {
  const [clock, own, turn] = [ms, cpu, held].map((n) => n.toFixed(0).padStart(5));
  console.log(`${what.padEnd(44)} ${clock} ms, work ${own} ms, at most ${turn} ms in one turn${more}`);
}

async function searches(app: App): Promise<void> {
  for (const [text, collation, hits] of [
    ['québécois', 'i;unicode-casemap', 10],
    ['QUE&#x301;BE&#x301;COIS', 'i;unicode-casemap', 10],
    ['Québécois', 'i;octet', 5],
    ['00000042', 'i;ascii-casemap', 1],
    ['ångström', 'i;unicode-casemap', CARDS / 8],
    ['nobody has this', 'i;unicode-casemap', 0],
  ] as const) {
    const found = await timed(() => send(app, 'REPORT', book, search(text, collation), { depth: '1' }));
    const count = found.result.text().match(/<D:response>/g)?.length ?? 0;
    assert.equal(count, hits, `${text} by ${collation}`);
    figure(`"${text}" by ${collation}`, found, `, ${count} hits`);
  }
  const all = `<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop><getetag/><C:address-data version="4.0"/></prop></C:addressbook-query>`;
  figure(`all ${CARDS} as vCard 4.0`, await timed(() => send(app, 'REPORT', book, all, { depth: '1' })));
}

/** Cards that are large in different ways, at half and at full size: the second must cost about twice the first. */
async function largeCards(app: App): Promise<void> {
  const shapes: readonly (readonly [what: string, lines: (part: number) => string])[] = [
    [
      'photo of 10 MB',
      (part) => `PHOTO;ENCODING=b;TYPE=JPEG:${randomBytes(10 * MB * part).toString('base64')}`,
    ],
    [
      '100,000 lines',
      (part) => Array.from({ length: 1e5 * part }, (_, i) => `item${i}.TEL;TYPE=work:${i}`).join('\r\n'),
    ],
    ['line of 5 MB', (part) => `NOTE:${'né le 1\\, mai\\n'.repeat((5 * MB * part) / 15)}`],
    [
      '5 MB of quoted parameters',
      (part) => `ADR;X-L="${"a;b:c,d^'e^n".repeat((5 * MB * part) / 12)}":;;;;;;`,
    ],
  ];
  for (const [what, lines] of shapes) {
    for (const part of [0.5, 1]) {
      const text = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:large\r\nFN:Large\r\nN:Large;;;;\r\n${lines(part)}\r\nEND:VCARD\r\n`;
      const path = '/dav/addressbooks/alice/large/large.vcf';
      const before = process.memoryUsage().rss;
      figure(`PUT, ${part * 100} % of a ${what}`, await timed(() => send(app, 'PUT', path, text)));
      const four = { accept: 'text/vcard; version=4.0' };
      const read = await timed(() => send(app, 'GET', path, '', four));
      assert.equal(read.result.status, 200);
      const grown = (process.memoryUsage().rss - before) / MB;
      figure(
        `GET as vCard 4.0`,
        read,
        `, ${(text.length / MB).toFixed(1)} MB, resident +${grown.toFixed(0)} MB`,
      );
      const query = search('le 1, mai', 'i;unicode-casemap').replace('"FN"', '"NOTE"');
      figure(`search in it`, await timed(() => send(app, 'REPORT', '/dav/addressbooks/alice/large/', query)));
    }
  }
}

const data = mkdtempSync(join(tmpdir(), 'davd-bench-'));
await initStore(data);
const app = await openApp({ data, log: openLog({ level: 'error', readable: true }) });
try {
  await addUser(
    { store: app.store, settings: app.settings(), passwords: openPasswords() },
    { name: login.user, password: login.password },
  );
  figure(`PUT of ${CARDS} cards`, await timed(() => fill(app)));
  await searches(app);
  await send(app, 'MKCOL', '/dav/addressbooks/alice/large/', '');
  await largeCards(app);
} finally {
  await app.close();
  rmSync(data, { recursive: true, force: true });
}
