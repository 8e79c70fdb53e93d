/**
 * What the flat store costs: commits one by one and in parallel beside a bare append + fdatasync on the same disk, memory
 * for each member, and opening with and without the cache. `node --expose-gc scripts/bench/store.ts [members …]`
 */
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FlatStore, initFlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection, Facts, FactsOf, Store } from '../../src/store/types.ts';

const PADDING = 'X-PAD:'.padEnd(1200, 'x');

const factsOf: FactsOf = (_kind, bytes) => {
  const [uid = ''] = Buffer.from(bytes).toString('latin1').split('\n', 1);
  return { uid, component: 'VEVENT', start: 0, end: 1, recurring: false };
};

function event(i: number, version = 0): { bytes: Uint8Array; facts: Facts; name: string } {
  const uid = `0d9c8a7b-1234-4321-9876-${String(i).padStart(12, '0')}`;
  const bytes = Buffer.from(`${uid}\n${version}\n${PADDING}`);
  return { bytes, facts: factsOf('calendar', bytes), name: `${uid}.ics` };
}

function put(collection: Collection, i: number, version = 0): Change {
  return { do: 'put', collection: collection.id, ...event(i, version) };
}

async function newStore(folder: string): Promise<[FlatStore, Collection]> {
  await initFlatStore(folder);
  const store = await openFlatStore({ folder, factsOf });
  const user = {
    id: 'u',
    name: 'bench',
    aliases: [],
    displayName: '',
    addresses: [],
    locale: 'en',
    password: null,
    devices: [],
    disabled: false,
    created: 0,
    properties: {},
  };
  const home = { user: 'u', kind: 'calendar' } as const;
  await store.commit([
    { do: 'put-user', user, expect: 'absent' },
    { do: 'create-collection', ...home, name: 'default', components: [], properties: {} },
  ]);
  const collection = await store.collection(home, 'default');
  if (!collection) throw new Error('the collection is not there');
  return [store, collection];
}

function percentile(times: number[], part: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${((sorted[Math.floor(sorted.length * part)] ?? 0) * 1000).toFixed(0)} µs`;
}

async function timed(
  count: number,
  parallel: number,
  work: (i: number) => Promise<unknown>,
): Promise<string> {
  const times: number[] = [];
  let next = 0;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < count) {
        const start = performance.now();
        await work(next++);
        times.push(performance.now() - start);
      }
    }),
  );
  const rate = (count / (performance.now() - begun)) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  const figures = [
    `p50 ${percentile(times, 0.5)}`,
    `p99 ${percentile(times, 0.99)}`,
    `processor ${((user + system) / count).toFixed(0)} µs`,
  ];
  return `${rate.toFixed(0).padStart(7)}/s   ${figures.join('   ')}`;
}

async function rawAppend(file: string, count: number): Promise<string> {
  const handle = await fs.promises.open(file, 'w');
  const { bytes } = event(0);
  const result = await timed(count, 1, async (i) => {
    await handle.write(bytes, 0, bytes.length, i * bytes.length);
    await handle.datasync();
  });
  await handle.close();
  return result;
}

async function commits(root: string): Promise<void> {
  const folder = path.join(root, 'commits');
  const [store, collection] = await newStore(folder);
  console.log('raw append + fdatasync ', await rawAppend(path.join(root, 'raw'), 2000));
  let base = 0;
  for (const [parallel, count] of [
    [1, 2000],
    [8, 8000],
    [64, 30_000],
  ] as const) {
    const label = `commits, ${parallel} at once`.padEnd(23);
    console.log(label, await timed(count, parallel, (i) => store.commit([put(collection, base + i)])));
    base += count;
  }
  console.log(
    'replacing, 8 at once   ',
    await timed(8000, 8, (i) => store.commit([put(collection, i % 500, i)])),
  );
  const begun = performance.now();
  await store.close();
  console.log(`closing ${(performance.now() - begun).toFixed(0)} ms`);
}

/** Octets in use, on the heap and beside it. */
function inUse(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function opening(root: string, members: number): Promise<void> {
  const folder = path.join(root, `open-${members}`);
  const [store, collection] = await newStore(folder);
  for (let i = 0; i < members; i += 200) {
    await store.commit(Array.from({ length: Math.min(200, members - i) }, (_, k) => put(collection, i + k)));
  }
  await store.settled();
  await store.checkpoint();
  await store.close();
  for (const cache of ['warm', 'cold']) {
    if (cache === 'cold') await rm(path.join(folder, 'cache'), { recursive: true });
    const before = inUse();
    const begun = performance.now();
    const again = await openFlatStore({ folder, factsOf });
    const ready = performance.now() - begun;
    await again.memberByUid(collection, 'none');
    const facts = performance.now() - begun;
    await again.settled();
    console.log(
      `${members} members, ${cache} cache: ready in ${ready.toFixed(0)} ms, UIDs known after ${facts.toFixed(0)} ms`,
      globalThis.gc ? `, ${((inUse() - before) / members).toFixed(0)} octets of memory for each` : '',
    );
    if (cache === 'warm') await reading(again, collection);
    await again.close();
  }
}

async function reading(store: Store, collection: Collection): Promise<void> {
  const begun = performance.now();
  const names: string[] = [];
  for await (const page of store.members(collection)) names.push(...page.map(({ name }) => name));
  const listed = performance.now();
  let octets = 0;
  for await (const batch of store.read(collection, names)) {
    for (const content of batch) octets += content?.bytes.length ?? 0;
  }
  const read = performance.now();
  console.log(
    `  listing ${(listed - begun).toFixed(0)} ms, reading ${(octets / 1e6).toFixed(0)} MB in ${(read - listed).toFixed(0)} ms`,
  );
}

const root = await mkdtemp(path.join(tmpdir(), 'davd-bench-'));
try {
  await commits(root);
  const sizes = process.argv.slice(2).map(Number);
  for (const members of sizes.length > 0 ? sizes : [10_000, 100_000]) await opening(root, members);
} finally {
  await rm(root, { recursive: true, force: true });
}
