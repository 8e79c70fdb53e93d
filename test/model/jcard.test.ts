import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { InvalidData } from '../../src/model/invalid.ts';
import { type JCardProperty, toJCard } from '../../src/model/jcard.ts';
import { cardOf } from './cards.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';

describe('toJCard (RFC 7095)', () => {
  const properties: [line: string, expected: unknown[]][] = [
    ['FN:Mr. John Q. Public\\, Esq.', ['fn', {}, 'text', 'Mr. John Q. Public, Esq.']],
    ['contact.FN:x', ['fn', { group: 'contact' }, 'text', 'x']],
    ['CATEGORIES:computers,cam\\,eras', ['categories', {}, 'text', 'computers', 'cam,eras']],
    [
      'ADR:;;My Street,Left Side;Hometown;PA;18252;U.S.A.',
      ['adr', {}, 'text', ['', '', ['My Street', 'Left Side'], 'Hometown', 'PA', '18252', 'U.S.A.']],
    ],
    ['GENDER:F;grrrl', ['gender', {}, 'text', ['F', 'grrrl']]],
    ['GENDER:M', ['gender', {}, 'text', 'M']],
    ['ROLE;LANGUAGE=tr:roca', ['role', { language: 'tr' }, 'text', 'roca']],
    [
      'N;SORT-AS=Harten,Rene:van der Harten',
      ['n', { 'sort-as': ['Harten', 'Rene'] }, 'text', 'van der Harten'],
    ],
    ['TEL;VALUE=uri;TYPE="work,voice":tel:1', ['tel', { type: ['work', 'voice'] }, 'uri', 'tel:1']],
    ['TEL;TYPE=work;TYPE=voice:1', ['tel', { type: ['work', 'voice'] }, 'text', '1']],
    ['ADR;LABEL="a^nb":x', ['adr', { label: 'a\nb' }, 'text', 'x']],
    ['BDAY:19850412', ['bday', {}, 'date-and-or-time', '1985-04-12']],
    ['BDAY:1985-04', ['bday', {}, 'date-and-or-time', '1985-04']],
    ['BDAY:1985', ['bday', {}, 'date-and-or-time', '1985']],
    ['BDAY:--0412', ['bday', {}, 'date-and-or-time', '--04-12']],
    ['BDAY:--04', ['bday', {}, 'date-and-or-time', '--04']],
    ['BDAY:---12', ['bday', {}, 'date-and-or-time', '---12']],
    ['BDAY:19850412T232050+0400', ['bday', {}, 'date-and-or-time', '1985-04-12T23:20:50+04:00']],
    ['BDAY:--0412T2320', ['bday', {}, 'date-and-or-time', '--04-12T23:20']],
    ['BDAY:T2320', ['bday', {}, 'date-and-or-time', 'T23:20']],
    ['X-T;VALUE=time:-2050', ['x-t', {}, 'time', '-20:50']],
    ['X-T;VALUE=time:--50', ['x-t', {}, 'time', '--50']],
    ['X-T;VALUE=time:232050Z', ['x-t', {}, 'time', '23:20:50Z']],
    ['BDAY;VALUE=text:circa 1800', ['bday', {}, 'text', 'circa 1800']],
    ['REV:20130214T123000Z', ['rev', {}, 'timestamp', '2013-02-14T12:30:00Z']],
    ['TZ:-0500', ['tz', {}, 'utc-offset', '-05:00']],
    ['TZ:Europe/Berlin', ['tz', {}, 'text', 'Europe/Berlin']],
    ['LANG;PREF=1:fr', ['lang', { pref: '1' }, 'language-tag', 'fr']],
    ['X-A;VALUE=boolean:TRUE', ['x-a', {}, 'boolean', true]],
    ['X-A;VALUE=integer:42', ['x-a', {}, 'integer', 42]],
    ['X-A;VALUE=float:-1.3', ['x-a', {}, 'float', -1.3]],
    ['X-A;VALUE=integer:many', ['x-a', {}, 'integer', 'many']],
    [
      'X-COFFEE-DATA:Stenophylla;Guinea\\,Africa',
      ['x-coffee-data', {}, 'unknown', 'Stenophylla;Guinea\\,Africa'],
    ],
    ['X-A;__PROTO__=x:y', ['x-a', Object.fromEntries([['__proto__', 'x']]), 'unknown', 'y']],
  ];
  for (const [line, expected] of properties) {
    test(line, () => {
      const [kind, [version, ...others]] = toJCard(Buffer.from(cardOf('4.0', line)));
      assert.equal(kind, 'vcard');
      assert.deepEqual(version, ['version', {}, 'text', '4.0']);
      assert.deepEqual(others, [expected]);
    });
  }

  test('a 3.0 card is said in 4.0', () => {
    const [, [, ...others]] = toJCard(
      Buffer.from(cardOf('3.0', 'FN:x', 'TEL;TYPE=home,pref:1', 'BDAY:1985-04-12')),
    );
    assert.deepEqual(others, [
      ['fn', {}, 'text', 'x'],
      ['tel', { type: 'home', pref: '1' }, 'text', '1'],
      ['bday', {}, 'date-and-or-time', '1985-04-12'],
    ]);
  });

  test('a parameter that is repeated as often as may be is one list', () => {
    const [, properties] = toJCard(Buffer.from(cardOf('4.0', `TEL${';TYPE=a'.repeat(1000)}:1`)));
    const tel = properties.find(([name]) => name === 'tel');
    assert.equal(tel?.[1]['type']?.length, 1000);
  });

  test('what is no card, or of another version, is refused', () => {
    for (const text of ['', 'x', cardOf('2.1', 'TEL;HOME:1'), 'BEGIN:VCARD\r\nEND:VCARD']) {
      assert.throws(() => toJCard(Buffer.from(text)), InvalidData);
    }
  });
});

test('a second reader (ical.js) says the same of its own 4.0 cards', { skip: corpusAbsent }, () => {
  let compared = 0;
  for (const { name, path } of corpusFiles('.vcf')) {
    if (!name.startsWith('kewisch+ical.js')) continue;
    const bytes = readFileSync(path);
    const json = corpusFiles(path.replace(/^.*\/([^/]+)\.vcf$/, '$1.json'))[0];
    if (json === undefined || !/^VERSION:4\.0/m.test(bytes.toString())) continue;
    const [, expected] = JSON.parse(readFileSync(json.path, 'utf8'));
    assert.deepEqual(toJCard(bytes)[1].map(comparable), expected.map(comparable), name);
    compared += 1;
  }
  assert.ok(compared > 0);
});

/** ical.js has an array around a single component. */
function comparable([name, params, type, ...values]: JCardProperty): unknown[] {
  return [name, params, type, values.flat(1)];
}
