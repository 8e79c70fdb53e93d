import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import {
  type PastEntry,
  PastReader,
  pastEntries,
  pastFile,
  readPastIndex,
  sourceOf,
  writePast,
} from '../../src/store/flat/past.ts';
import { known } from './contract.ts';

describe('what is remembered of a segment', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'davd-past-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const commit = (body: number): PastEntry => ({
    record: { time: body, durable: [0, 0], changes: [{ set: 'unlocked', in: 'c', token: `${body}` }] },
    body,
  });
  const version = (offset: number, name: string, size: number): PastEntry => ({
    in: 'c',
    name,
    etag: `etag ${offset}`,
    size,
    offset,
    stood: 1,
    bytes: Buffer.alloc(size, `${offset} `),
  });
  async function* entries(): AsyncGenerator<PastEntry> {
    for (let i = 0; i < 40; i++) {
      yield commit(i * 100_000);
      yield version(i * 100_000, i % 2 ? 'busy.ics' : `${i}.ics`, i % 2 ? 60_000 : 300);
      yield version(i * 100_000 + 300, 'other.ics', 10);
    }
  }
  const write = () => writePast(nodeDisk, folder, { source: 7, begun: 1, left: 99 }, entries());
  const all = async (from: AsyncIterable<PastEntry>) => {
    const found: PastEntry[] = [];
    for await (const one of from) found.push(one);
    return found;
  };

  it('is read in both orders, and by place', async () => {
    await write();
    const index = known(await readPastIndex(nodeDisk, folder, 7));
    const expected = await all(entries());
    assert.ok(index.frames.length > 3);
    assert.equal(index.left, 99);
    assert.deepEqual(await all(pastEntries(nodeDisk, folder, index)), expected);
    assert.deepEqual(await all(pastEntries(nodeDisk, folder, index, 'newest first')), expected.reverse());
    const reader = new PastReader(nodeDisk, folder);
    for (const entry of expected) {
      if ('bytes' in entry) assert.deepEqual(await reader.read([7, entry.offset], entry.etag), entry.bytes);
    }
    assert.equal(await reader.read([7, 1], 'etag 1'), undefined);
    assert.equal(await reader.read([8, 0], 'etag 0'), undefined);
  });

  it('says which objects take up most', async () => {
    const { busy, bytes } = await write();
    assert.deepEqual(
      busy.map(({ name, versions }) => [name, versions.length]),
      [['busy.ics', 20]],
    );
    assert.equal(bytes, 20 * 60_000 + 20 * 300 + 40 * 10);
  });

  it('is told from other files by its name', () => {
    assert.equal(sourceOf(path.basename(pastFile('x', 12))), 12);
    assert.equal(sourceOf(path.basename(pastFile('x', -3))), -3);
    assert.equal(sourceOf('00000012.journal'), undefined);
    assert.equal(sourceOf('catalog'), undefined);
  });

  it('a file that is cut off is no past, and a damaged frame says where', async () => {
    await write();
    const file = pastFile(folder, 7);
    const octets = await readFile(file);
    const index = known(await readPastIndex(nodeDisk, folder, 7));
    await writeFile(file, octets.subarray(0, -1));
    assert.equal(await readPastIndex(nodeDisk, folder, 7), undefined);
    octets[150] = (octets[150] ?? 0) ^ 1;
    await writeFile(file, octets);
    await assert.rejects(all(pastEntries(nodeDisk, folder, index)), /octet 0 on is damaged/);
  });
});
