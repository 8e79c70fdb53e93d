import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type SelectedProp, selectAddressData } from '../../src/model/vcard-data.ts';
import { cardOf, linesOf } from './cards.ts';
import { check } from './random.ts';

const LINES = [
  'N:Doe;John;;;',
  'FN:John Doe',
  'item1.TEL;type=HOME:1',
  'TEL:2',
  'X-ABC.Tel:3',
  'item1.X-ABLabel:home',
  `PHOTO;ENCODING=b;TYPE=JPEG:${'A'.repeat(60)}\r\n ${'A'.repeat(60)}`,
  'UID:a',
];
const CARD = Buffer.from(cardOf('3.0', ...LINES));

describe('selectAddressData (RFC 6352 §10.4)', () => {
  const selections: [what: string, props: SelectedProp[], lines: string[]][] = [
    ['gives the frame where nothing is named', [], []],
    [
      'gives the properties named, in the order of the card',
      [value('UID'), value('fn')],
      ['FN:John Doe', 'UID:a'],
    ],
    ['gives a property in any group', [value('TEL')], ['item1.TEL;type=HOME:1', 'TEL:2', 'X-ABC.Tel:3']],
    ['gives a property in exactly that group', [value('X-abc.TEL')], ['X-ABC.Tel:3']],
    ['gives nothing for what is not there', [value('URL')], []],
    ['gives VERSION once', [value('VERSION')], []],
    ['gives name and parameters without the value', [bare('PHOTO')], ['PHOTO;ENCODING=b;TYPE=JPEG:']],
    ['gives the value where one of two selections wants it', [bare('UID'), value('UID')], ['UID:a']],
    ['keeps the group without the value', [bare('item1.TEL')], ['item1.TEL;TYPE=HOME:']],
  ];
  for (const [what, props, lines] of selections) {
    test(what, () => assert.deepEqual(linesOf(selectAddressData(CARD, props)), lines));
  }

  test('keeps the very bytes of what is selected', () => {
    const selected = Buffer.from(selectAddressData(CARD, [value('PHOTO')])).toString();
    assert.equal(selected, cardOf('3.0', LINES[6] ?? ''));
  });

  test('of any bytes never throws', (t) => {
    const line = fc.constantFrom(
      'TEL;HOME:1',
      'item1.TEL;X="a;b":2',
      'FN:é',
      'VERSION:3.0',
      'x',
      ' y',
      'END:VCARD',
    );
    const source = fc.oneof(
      fc.uint8Array(),
      fc.array(line).map((lines) => Buffer.from(cardOf('3.0', ...lines))),
    );
    check(
      fc.property(source, fc.constantFrom('TEL', 'item1.TEL', 'FN', ''), (bytes, name) => {
        assert.ok(selectAddressData(bytes, [value(name)]).length <= bytes.length);
      }),
      { short: 300, long: 20_000 },
      (message) => t.diagnostic(message),
    );
  });

  test('of bytes that are no card is all of them', () => {
    const bytes = Buffer.from('x');
    assert.equal(selectAddressData(bytes, []), bytes);
  });
});

function value(name: string): SelectedProp {
  return { name, novalue: false };
}

function bare(name: string): SelectedProp {
  return { name, novalue: true };
}
