/** What is inside the executable, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), from the lockfile. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../src/version.ts';
import type { Target } from './targets.ts';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** @param executable path of the built file. @param time of the sources, ISO 8601. */
export function sbom(root: string, target: Target, executable: string, time: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages: Readonly<Record<string, LockedPackage>> = lock.packages;
  const components = Object.entries(packages)
    .filter(([path, { dev, optional }]) => {
      if (path === '' || dev) return false;
      // Optional are the Nodes, of which the target's is inside.
      return !optional || path === `node_modules/node-${target.name}`;
    })
    .map(([path, locked]) => component(path, locked));
  const digest = createHash('sha256').update(readFileSync(executable)).digest('hex');
  return `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuidOf(digest)}`,
      version: 1,
      metadata: {
        timestamp: time,
        component: {
          type: 'application',
          'bom-ref': 'davd',
          name: 'davd',
          version: VERSION,
          licenses: [{ license: { id: 'MIT' } }],
          hashes: [{ alg: 'SHA-256', content: digest }],
        },
      },
      components,
    },
    null,
    2,
  )}\n`;
}

function component(path: string, { version, integrity, license }: LockedPackage) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [algorithm, hash] = integrity?.split('-') ?? [];
  return {
    type: 'library',
    'bom-ref': `${purl}#${path}`,
    name,
    version,
    purl,
    ...(license && { licenses: [{ expression: license }] }),
    ...(algorithm === 'sha512' &&
      hash && { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
  };
}

/** The same file has the same number: a UUID (version 8, RFC 9562 §5.8) from its hash. */
function uuidOf(digest: string): string {
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}a${digest.slice(17, 32)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
