/** Card number i of the data set: 400 B, one of fifty with a photo of 12 KB; one of a hundred is somebody to be found. */
import { between, fold, oneOf, randomFrom, uuid } from './random.ts';

const PHOTO = 12 * 1024;
const OCTETS = 400;

const GIVEN = ['Renée', 'Zoë', 'Jürgen', 'Ana', 'Søren', 'Łukasz', 'Olga', 'Émile', 'Noor', 'Chloé'] as const;
const FAMILY = ['Dubois', 'Ångström', 'Müller', 'García', 'Nowak', 'Straße', 'Ivanova', 'de Vries'] as const;
/** What is looked for, and in which properties it stands in every hundredth card. */
export const SOUGHT = 'quillfeather';
const PLACES = ['FN', 'N', 'NICKNAME', 'EMAIL', 'ORG'] as const;

export function cardName(i: number): string {
  return `${uuid(2, i)}.vcf`;
}

export function card(i: number): string {
  const random = randomFrom(0xca4d + i);
  const given = oneOf(random, GIVEN);
  const family = oneOf(random, FAMILY);
  const found = (place: string, plain: string, special: string) => (placeOf(i) === place ? special : plain);
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:-//davd//bench//EN',
    `UID:${uuid(2, i)}`,
    `FN:${given} ${family} ${found('FN', String(i), 'Quillfeather')}`,
    `N:${family} ${i};${found('N', given, 'QUILLFEATHER')};;;`,
    ...(placeOf(i) === 'NICKNAME' ? ['NICKNAME:Old Quillfeather'] : []),
    `EMAIL;TYPE=INTERNET,HOME:${found('EMAIL', `${i}@example.com`, `quillfeather.${i}@example.com`)}`,
    `TEL;TYPE=CELL:+33 6 ${String(between(random, 0, 99_999_999)).padStart(8, '0')}`,
    `ORG:${found('ORG', `Example ${i % 50}`, 'The Quillfeather Society')};Sales`,
    `ADR;TYPE=HOME:;;${i} rue du Bac;Paris;;75007;France`,
    'REV:2026-01-01T00:00:00Z',
    'END:VCARD',
  ];
  const bare = Buffer.byteLength(lines.join('\r\n')) + 9;
  const note = `NOTE:${'met at the fair '.repeat(20)}`.slice(0, Math.max(6, OCTETS - bare));
  const photo = i % 50 === 3 ? [`PHOTO;ENCODING=b;TYPE=JPEG:${pixels(random)}`] : [];
  return `${lines
    .toSpliced(-1, 0, note.trimEnd(), ...photo)
    .map((line) => (/^[ -~]*$/.test(line) ? fold(line) : line))
    .join('\r\n')}\r\n`;
}

/** Whether a search for SOUGHT in those properties finds card i. */
export function isSought(i: number, properties: readonly string[]): boolean {
  const place = placeOf(i);
  return place !== undefined && properties.includes(place);
}

function placeOf(i: number): (typeof PLACES)[number] | undefined {
  return i % 100 === 7 ? PLACES[((i - 7) / 100) % PLACES.length] : undefined;
}

function pixels(random: () => number): string {
  const bytes = Buffer.alloc(Math.floor((PHOTO * 3) / 4));
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  return bytes.toString('base64');
}
