import { Buffer } from 'node:buffer';
import { meaningOf, type Unit, unitsOf } from './contact-likeness.ts';
import { writeContentLine } from './contentline-write.ts';
import { unescapeText } from './text-value.ts';
import { readCard } from './vcard.ts';
import { cardVersion, toVersion } from './vcard-convert.ts';
import type { Property } from './vcard-property.ts';

/** What a card has once: the kept card's own counts. */
const SINGLE: ReadonlySet<string> = new Set([
  'VERSION',
  'UID',
  'REV',
  'PRODID',
  'FN',
  'N',
  'BDAY',
  'ANNIVERSARY',
  'X-ANNIVERSARY',
  'GENDER',
  'X-GENDER',
  'KIND',
  'X-ABSHOWAS',
  'X-ABUID',
  'PHOTO',
  'LOGO',
  'SORT-STRING',
]);

/**
 * A contact with everything that near repeats of it say besides: what is there once stays as it is in `kept`, and what
 * it has not is added after its own lines, in its version. Its bytes up to there are kept.
 * @throws InvalidData where one of them is no card.
 */
export function mergeContacts(kept: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const version = cardVersion(kept) ?? '3.0';
  const { properties, end } = readCard(kept, 'replace');
  const known = new Set(properties.map(keyOf));
  const single = new Set(properties.map(({ name }) => name).filter((name) => SINGLE.has(name)));
  const groups = new Set(unitsOf(properties).map(({ group }) => group));
  let added = '';
  for (const other of others) {
    for (const unit of unitsOf(readCard(toVersion(other, version), 'replace').properties)) {
      const main = mainOf(unit);
      if (main === undefined || single.has(main.name) || main.name === 'VERSION' || known.has(keyOf(main)))
        continue;
      if (SINGLE.has(main.name)) single.add(main.name);
      known.add(keyOf(main));
      const group = unit.group === null ? null : freeGroup(groups);
      for (const { name, params, value } of unit.properties)
        added += writeContentLine(group, name, params, value);
    }
  }
  if (added === '') return kept;
  const source = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  return Buffer.concat([source.subarray(0, end.start), Buffer.from(added), source.subarray(end.start)]);
}

/** The property that a group is about; its labels mean nothing without it. */
function mainOf({ properties }: Unit): Property | undefined {
  return properties.find(({ name }) => !['X-ABLABEL', 'X-ABADR'].includes(name)) ?? properties[0];
}

/** Types aside, and in numbers all but digits: the same number is not added as another kind of number. */
function keyOf(property: Property): string {
  const { name, value } = property;
  if (name === 'TEL') return `TEL;${unescapeText(value).replace(/[^\d+]+/g, '')}`;
  if (name === 'EMAIL') return `EMAIL;${unescapeText(value).trim().toLowerCase()}`;
  return meaningOf({ ...property, params: [] });
}

function freeGroup(taken: Set<string | null>): string {
  let number = 1;
  while (taken.has(`item${number}`)) number += 1;
  const group = `item${number}`;
  taken.add(group);
  return group;
}
