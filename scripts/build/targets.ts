/** What can be built for, and the pinned Node of each: a package of npm without install script. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Target {
  readonly name: 'linux-x64' | 'linux-arm64';
  /** Debian's word for it. */
  readonly debian: string;
  /** GNU's word for it, with which its binutils begin. */
  readonly gnu: string;
}

export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', debian: 'amd64', gnu: 'x86_64-linux-gnu' },
  { name: 'linux-arm64', debian: 'arm64', gnu: 'aarch64-linux-gnu' },
];

/** @throws Error where this machine is none of the targets. */
export function ownTarget(): Target {
  const own = `${process.platform}-${process.arch}`;
  return findTarget(own);
}

/** @throws Error that names those there are. */
export function findTarget(name: string): Target {
  const target = TARGETS.find((known) => known.name === name);
  if (!target)
    throw new Error(`can't build for "${name}": known are ${TARGETS.map((known) => known.name).join(', ')}`);
  return target;
}

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/**
 * The binary of the pinned Node: as npm installed it, or, for another machine, from the package that the lockfile names,
 * checked against the lockfile's hash.
 */
export function nodeBinary(root: string, { name }: Target, cache: string): string {
  const spec = `node-${name}`;
  const installed = join(root, 'node_modules', spec, 'bin', 'node');
  if (existsSync(installed)) return installed;
  const { version, integrity } = lockedPackage(root, spec);
  const tarball = join(cache, `${spec}-${version}.tgz`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(tarball)) {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', cache, `${spec}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const hash = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (hash !== integrity) {
    throw new Error(
      `can't use "${tarball}": its hash is not that of package-lock.json; delete it and try again`,
    );
  }
  execFileSync('tar', ['-xzf', tarball, '-C', cache, 'package/bin/node']);
  const binary = join(cache, `${spec}-${version}`);
  copyFileSync(join(cache, 'package', 'bin', 'node'), binary);
  return binary;
}

function lockedPackage(root: string, name: string): Locked {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const locked: Partial<Locked> | undefined = lock.packages?.[`node_modules/${name}`];
  if (!locked?.version || !locked.integrity) throw new Error(`package-lock.json has no "${name}"`);
  return { version: locked.version, integrity: locked.integrity };
}
