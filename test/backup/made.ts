/** Backups for tests: of a server in this process, and such as nobody should unpack. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Administration } from '../../src/admin/administration.ts';
import { type BackupOutcome, makeBackup } from '../../src/admin/backup.ts';
import { openOutput } from '../../src/admin/output-file.ts';
import { type RestoreOptions, restoreBackup } from '../../src/admin/restore-backup.ts';
import { follower } from '../../src/admin/streams.ts';
import type { Manifest } from '../../src/backup/manifest.ts';
import { writeStoredSettings } from '../../src/config-file.ts';
import { openLog } from '../../src/log.ts';
import type { Store } from '../../src/store/types.ts';

/** A folder that is gone after the test. */
export async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'davd-backup-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Backs up the data folder of an open store. */
export async function backUp(data: string, store: Store, file: string): Promise<BackupOutcome> {
  await writeStoredSettings(data, {});
  const output = await openOutput(file);
  const { signal } = new AbortController();
  const follow = follower({ store } as Administration);
  const outcome = await makeBackup({ data, follow, output, signal, progress: () => undefined });
  await output.keep();
  return outcome;
}

export function restoreOptions(input: Readable, file = 'backup.tar.gz'): RestoreOptions {
  return {
    input,
    file,
    signal: new AbortController().signal,
    progress: () => undefined,
    log: openLog({ level: 'error', readable: true }),
  };
}

export function restore(archive: Uint8Array, data: string) {
  return restoreBackup(data, restoreOptions(Readable.from([Buffer.from(archive)])));
}

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];
export type Entry = readonly [header: Header, text?: string];

export const MANIFEST: Manifest = {
  format: 1,
  davd: '0.1.0',
  store: '0123456789abcdef0123',
  time: '2026-05-03T10:00:00.000Z',
  users: 0,
  collections: 0,
  objects: 0,
  files: 2,
  octets: 100,
};
const MARKER = '{"format":1,"store":"0123456789abcdef0123"}\n';

export const begin = (more: Partial<Manifest> | Record<string, unknown> = {}): Entry => [
  { name: 'backup.json' },
  JSON.stringify({ ...MANIFEST, ...more }),
];
export const settings: Entry = [{ name: 'davd.json' }, '{"format":1}\n'];
export const marker: Entry = [{ name: 'files/.davd.json' }, MARKER];
export const end: Entry = [{ name: 'backup-end.json' }, '{"end":true,"lost":[]}'];

/** A tar file of these entries. */
export async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  const whole = buffer(tar as AsyncIterable<Uint8Array> as Readable);
  for (const [header, text = ''] of entries) {
    if (header.type === undefined || header.type === 'file') tar.entry({ ...header }, text);
    else tar.entry({ ...header });
  }
  tar.finalize();
  return whole;
}

export async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  return gzipSync(await tarOf(entries));
}
