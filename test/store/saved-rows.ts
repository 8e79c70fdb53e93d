/** What a closed store, or one after a checkpoint, has in the row files of state/. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { octetsOf, readName } from '../../src/store/flat/name-octets.ts';
import { RowBlock } from '../../src/store/flat/row-blocks.ts';

export function rowFiles(state: string): string[] {
  const names = readdirSync(state).filter((name) => name.endsWith('.rows'));
  return names.map((name) => path.join(state, name));
}

export function blocksIn(file: string): RowBlock[] {
  const octets = Buffer.from(new Uint8Array(readFileSync(file)).buffer);
  const blocks: RowBlock[] = [];
  for (let at = 0; at < octets.length; at += blocks.at(-1)?.block.octets.length ?? 0) {
    const block = RowBlock.at(octets, at);
    if (!block) throw new Error(`${file} ends in the middle of a block`);
    blocks.push(block);
  }
  return blocks;
}

export function namesIn({ count, names, spellings }: RowBlock): string[] {
  let start = 0;
  return Array.from({ length: count }, (_, i) => {
    const spelling = spellings[i] ?? 0;
    start += octetsOf(spelling);
    return readName(names, start - octetsOf(spelling), spelling);
  });
}

/** Says something else of a member, as a davd that is wrong would. */
export function changeRow(state: string, name: string, change: (row: RowBlock, at: number) => void): void {
  for (const file of rowFiles(state)) {
    const blocks = blocksIn(file);
    for (const block of blocks) {
      const at = namesIn(block).indexOf(name);
      if (at < 0) continue;
      change(block, at);
      block.block.seal();
    }
    writeFileSync(file, Buffer.concat(blocks.map(({ block }) => block.octets)));
  }
}

/** Row files as state of format 1 had them: JSON lines. @returns the octets of each, by name. */
export function asLines(state: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const file of rowFiles(state)) {
    const lines = blocksIn(file).flatMap((block) => {
      const more =
        block.json.length > 0 ? JSON.parse(block.json.toString()) : { rare: [], pending: [], gone: [] };
      const rare = new Map<number, unknown[]>(
        more.rare.map(([i, ...rest]: [number, ...unknown[]]) => [i, rest]),
      );
      const pending = new Map<number, unknown>(more.pending);
      const members = namesIn(block).map((name, i) => [
        name,
        block.seq[i],
        block.etags.toString('latin1', i * 22, (i + 1) * 22),
        ...[
          block.size[i],
          block.created[i],
          block.modified[i],
          block.segment[i],
          block.offset[i],
          block.print[i],
        ],
        ...(rare.get(i) ?? [null, null]),
        pending.get(i) ?? null,
      ]);
      return [...members, ...more.gone].map((row) => `${JSON.stringify(row)}\n`);
    });
    writeFileSync(file, lines.join(''));
    sizes.set(path.basename(file), Buffer.byteLength(lines.join('')));
  }
  return sizes;
}
