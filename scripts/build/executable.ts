/** The single executable: the pinned Node with the program inside (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html). */

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'postject';
import { WORKER_ASSET } from '../../src/caldav/evaluation/start-worker.ts';
import { bundle } from './bundle.ts';
import { nodeBinary, ownTarget, type Target } from './targets.ts';

/** What Node looks for in its own file; see the page above. */
const RESOURCE = 'NODE_SEA_BLOB';
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** As in bin/davd. With other options of V8 than it was made with, the code cache is not accepted. */
export const NODE_OPTIONS = [
  '--expose-gc',
  '--no-memory-reducer',
  '--page-promotion-threshold=20',
  '--v8-pool-size=1',
  '--disable-warning=ExperimentalWarning',
];

export interface ExecutableOptions {
  readonly root: string;
  readonly target: Target;
  /** For what is made on the way. */
  readonly work: string;
  readonly outfile: string;
}

/** The same sources, lockfile and binutils give the same bytes. */
export async function buildExecutable({ root, target, work, outfile }: ExecutableOptions): Promise<void> {
  mkdirSync(work, { recursive: true });
  const program = await bundle({ root, entry: 'src/cli/main.ts', folder: work, name: 'davd.cjs' });
  const worker = await bundle({
    root,
    entry: 'src/caldav/evaluation/worker.ts',
    folder: work,
    name: WORKER_ASSET,
  });
  const blob = makeBlob(root, target, work, [WORKER_ASSET, ...program, ...worker]);
  const base = nodeBinary(root, target, join(work, 'node'));
  copyFileSync(base, outfile);
  chmodSync(outfile, 0o755);
  // Before the injection: afterwards it would break the file.
  execFileSync(stripFor(target), [outfile], { stdio: ['ignore', 'inherit', 'inherit'] });
  await injectQuietly(outfile, blob);
  chmodSync(outfile, 0o755);
}

/** @param assets names of files in `work` */
function makeBlob(root: string, target: Target, work: string, assets: readonly string[]): Buffer {
  const own = ownTarget();
  const output = join(work, 'davd.blob');
  const config = join(work, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      main: 'davd.cjs',
      output: 'davd.blob',
      // esbuild meets them in any order.
      assets: Object.fromEntries(assets.toSorted().map((name) => [name, name])),
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      // V8 refuses the cache of another machine's.
      useCodeCache: target.name === own.name,
      execArgv: NODE_OPTIONS,
      // Else NODE_OPTIONS would load foreign code into the program.
      execArgvExtension: 'none',
    }),
  );
  // The blob's hash tables are seeded at random: with a fixed seed it is the same each time, and its cache is accepted.
  execFileSync(
    nodeBinary(root, own, work),
    [...NODE_OPTIONS, '--random-seed=1', '--experimental-sea-config', 'sea.json'],
    {
      cwd: work,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  return readFileSync(output);
}

/** GNU's for the target, or LLVM's, which knows all. @throws Error that says what to install. */
function stripFor({ name, gnu }: Target): string {
  const candidates = [...(name === ownTarget().name ? ['strip'] : []), `${gnu}-strip`, 'llvm-strip'];
  const found = candidates.find((command) => {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
  if (!found) {
    throw new Error(
      `can't strip for ${name}: there is no ${candidates.join(' or ')}; install binutils-${gnu.replaceAll('_', '-')}`,
    );
  }
  return found;
}

/** postject prints notes about every ELF file that it opens. */
async function injectQuietly(file: string, blob: Buffer): Promise<void> {
  const { log, warn } = console;
  console.log = console.warn = () => undefined;
  try {
    await inject(file, RESOURCE, blob, { sentinelFuse: SENTINEL });
  } finally {
    console.log = log;
    console.warn = warn;
  }
}
