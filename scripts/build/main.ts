/**
 * `npm run build`: dist/davd for this machine, or another with `--target linux-arm64`, and the packages around it.
 * `--executable` stops after the executable, `--out DIR` builds elsewhere.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { VERSION } from '../../src/version.ts';
import { buildExecutable } from './executable.ts';
import { makeArchive, makeDebianPackage, writeChecksums } from './packages.ts';
import { sbom } from './sbom.ts';
import { findTarget, ownTarget } from './targets.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: ownTarget().name },
    out: { type: 'string', default: 'dist' },
    executable: { type: 'boolean', default: false },
  },
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = findTarget(values.target);
const out = resolve(root, values.out, target.name === ownTarget().name ? '.' : target.name);
const work = join(out, 'work');
const executable = join(out, 'davd');
mkdirSync(work, { recursive: true });
await buildExecutable({ root, target, work, outfile: executable });
say(executable);

if (!values.executable) {
  const time = sourceTime();
  const parts = { root, target, executable, work, out, time };
  const bill = join(out, `davd-${VERSION}-${target.name}.cdx.json`);
  writeFileSync(bill, sbom(root, target, executable, new Date(time * 1000).toISOString()));
  const files = [makeArchive(parts), makeDebianPackage(parts), bill];
  for (const file of [...files, writeChecksums(out, [executable, ...files])]) say(file);
}

/** Seconds since 1970: SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), else the last commit. */
function sourceTime(): number {
  const given = Number(process.env['SOURCE_DATE_EPOCH'] || Number.NaN);
  if (!Number.isNaN(given)) return given;
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }));
}

function say(file: string): void {
  process.stdout.write(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
}
