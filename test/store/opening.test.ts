import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { initFlatStore, openFlatStore, StoreError } from '../../src/store/flat/open.ts';
import { factsOf } from './contract.ts';

async function refusedWith(code: StoreError['code'], work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

describe('opening', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'davd-open-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('a store is made in a new folder and beside settings, but never twice or among foreign files', async () => {
    await initFlatStore(path.join(folder, 'new/deep'));
    await refusedWith('exists', initFlatStore(path.join(folder, 'new/deep')));
    await refusedWith('foreign', initFlatStore(folder));
    await rm(path.join(folder, 'new'), { recursive: true });
    await writeFile(path.join(folder, 'davd.json'), '{}');
    await initFlatStore(folder);
    await (await openFlatStore({ folder, factsOf })).close();
  });

  it('a folder without a store, or with one that lost its files, is refused', async () => {
    await refusedWith('absent', openFlatStore({ folder, factsOf }));
    await refusedWith('absent', openFlatStore({ folder: path.join(folder, 'nix'), factsOf }));
    await initFlatStore(folder);
    await rm(path.join(folder, 'files'), { recursive: true });
    await refusedWith('foreign', openFlatStore({ folder, factsOf }));
  });

  it('a store of a later davd, or a foreign marker, is refused', async () => {
    await initFlatStore(folder);
    const marker = path.join(folder, 'files/.davd.json');
    const text = await readFile(marker, 'utf8');
    await writeFile(marker, text.replace('"format":1', '"format":2'));
    await refusedWith('newer', openFlatStore({ folder, factsOf }));
    await writeFile(marker, 'x');
    await refusedWith('foreign', openFlatStore({ folder, factsOf }));
  });

  it('a store is open once', async () => {
    await initFlatStore(folder);
    const store = await openFlatStore({ folder, factsOf });
    await refusedWith('locked', openFlatStore({ folder, factsOf }));
    await store.close();
    await (await openFlatStore({ folder, factsOf })).close();
  });

  it('a folder that cannot be written is refused', {
    skip: process.getuid?.() === 0 && 'root may write anywhere',
  }, async () => {
    await chmod(folder, 0o500);
    await refusedWith('unwritable', initFlatStore(path.join(folder, 'x')));
  });

  it('a file where the folder should be is refused', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await refusedWith('unwritable', initFlatStore(path.join(folder, 'file')));
  });
});
