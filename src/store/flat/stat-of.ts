import type fs from 'node:fs';
import type { Stat } from './disk.ts';

/** What the system tells of a file, as the store keeps it. */
export function statOf(stat: fs.BigIntStats): Stat {
  const { ino, size, mtimeNs, ctimeNs } = stat;
  return {
    kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other',
    size: Number(size),
    print: printOf([ino, size, mtimeNs, ctimeNs]),
    // Worked out where it is asked for: many files are looked at, few of them twice.
    get content() {
      return printOf([ino, size, mtimeNs]);
    },
  };
}

const MIX = 0x9e3779b97f4a7c15n;

function printOf(parts: readonly bigint[]): number {
  let mixed = 0n;
  for (const part of parts) {
    mixed = BigInt.asUintN(64, (mixed ^ part) * MIX);
    mixed ^= mixed >> 29n;
  }
  return Number(mixed >> 11n) || 1;
}
