/** A second reader, python3-vobject, looks at cards that went from one version to the other and back. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CardVersion, cardVersion, toVersion } from '../../src/model/vcard-convert.ts';
import { meaningOfProperties, type ReadProperty } from '../model/card-meaning.ts';
import { corpusFiles } from '../model/corpus.ts';

const reader = join(import.meta.dirname, 'vobject-reader.py');

// Debian's own Python, which Debian's packages are for: another may come first in the PATH.
const python = '/usr/bin/python3';
const missing = spawnSync(python, ['-c', 'import vobject']).status !== 0;
if (missing && process.env['CI'] === 'true') {
  throw new Error('vobject is not installed: apt-get install python3-vobject, as .ci/run does');
}
const skip = missing && 'vobject is not installed: apt-get install python3-vobject';

const ours = globSync(join(import.meta.dirname, '../fixtures/cards/*/*.vcf')).sort();

for (const [what, files, atLeast] of [
  ['ten cards of each producer', ours.map((path) => ({ name: path, path })), 80],
  ['every card of the corpus', corpusFiles('.vcf'), 60],
] as const) {
  test(`to vobject, ${what} means the same after going to the other version and back`, {
    skip: files.length === 0 ? 'the corpus is not there' : skip,
  }, (t) => {
    const cards = files.flatMap(({ name, path }) => cardsIn(path).map((bytes) => journey(bytes, name)));
    const known = cards.filter((card) => card !== null);
    const reading = read(known.flatMap(({ before, there, back }) => [before, there, back]));
    let compared = 0;
    for (const [index, { name, version, there }] of known.entries()) {
      const [before, between, after] = reading.slice(index * 3, index * 3 + 3);
      // What vobject can't read before, it need not read afterwards.
      if (!before) continue;
      assert.ok(between, `${name}: vobject can't read it as ${there.toString()}`);
      assert.ok(after, `${name}: vobject can't read what came back`);
      assert.deepEqual(meaningOfProperties(after), meaningOfProperties(before), name);
      assert.equal(between.find(([, property]) => property === 'VERSION')?.[3], other(version), name);
      compared += 1;
    }
    t.diagnostic(`${compared} of ${known.length} cards compared; vobject can't read the others itself`);
    assert.ok(compared >= atLeast, `only ${compared} were compared`);
  });
}

interface Journey {
  readonly name: string;
  readonly version: CardVersion;
  readonly before: Buffer;
  readonly there: Buffer;
  readonly back: Buffer;
}

/** null for what is no card of a version that is stored. */
function journey(bytes: Buffer, name: string): Journey | null {
  const version = cardVersion(bytes);
  if (version === null) return null;
  const there = toVersion(bytes, other(version));
  return {
    name,
    version,
    before: bytes,
    there: Buffer.from(there),
    back: Buffer.from(toVersion(there, version)),
  };
}

function other(version: CardVersion): CardVersion {
  return version === '3.0' ? '4.0' : '3.0';
}

/** A file may hold several cards; each is taken alone. */
function cardsIn(path: string): Buffer[] {
  const cards = readFileSync(path)
    .toString('latin1')
    .split(/(?<=^END:VCARD\r?\n)/im);
  return cards.map((card) => Buffer.from(card, 'latin1'));
}

type Read = readonly (readonly [group: string, name: string, params: string[][], value: string])[];

function read(cards: readonly Buffer[]): readonly (readonly ReadProperty[] | null)[] {
  const input = JSON.stringify(cards.map((card) => card.toString('base64')));
  const { stdout, stderr, status } = spawnSync(python, [reader], { input, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr.toString());
  return (JSON.parse(stdout.toString()) as (Read | null)[]).map(
    (properties) =>
      properties?.map(
        ([group, name, params, value]): ReadProperty => [
          group,
          name.toUpperCase(),
          // vobject gives `TEL;HOME:` as a parameter of that name without values.
          params.map(([param = '', ...values]) => [param, values]),
          value,
        ],
      ) ?? null,
  );
}
