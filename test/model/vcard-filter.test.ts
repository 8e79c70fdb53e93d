import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import type { TextMatch } from '../../src/model/text-match.ts';
import {
  type AddressFilter,
  type AddressParamFilter,
  type AddressPropFilter,
  addressMatcher,
  matchAddress,
} from '../../src/model/vcard-filter.ts';
import { cardOf } from './cards.ts';

const CARD = Buffer.from(
  cardOf(
    '3.0',
    'N:Müller;Zoë;;;',
    'FN:Zoë Müller',
    'NICKNAME:Zoe,Zo',
    'EMAIL;TYPE=INTERNET,HOME:zoe@example.com',
    'item1.TEL;TYPE=WORK:555-1',
    'item1.X-ABLabel:Straße',
    'TEL;type=HOME;type=pref:777-2',
    'TEL;TYPE="voice,cell":888-3',
    'NOTE:a\\, b\\nc',
  ),
);

const text = (wanted: string, more: Partial<TextMatch> = {}): TextMatch => ({
  text: wanted,
  collation: 'i;unicode-casemap',
  type: 'contains',
  negate: false,
  ...more,
});
const prop = (name: string, more: Partial<AddressPropFilter> = {}): AddressPropFilter => ({
  name,
  test: 'anyof',
  isNotDefined: false,
  textMatches: [],
  params: [],
  ...more,
});
const param = (name: string, textMatch?: TextMatch): AddressParamFilter => ({
  name,
  isNotDefined: false,
  ...(textMatch && { textMatch }),
});
const allof = (...props: AddressPropFilter[]): AddressFilter => ({ test: 'allof', props });
const anyof = (...props: AddressPropFilter[]): AddressFilter => ({ test: 'anyof', props });

describe('matchAddress (RFC 6352 §10.5)', () => {
  const filters: [what: string, filter: AddressFilter, matches: boolean][] = [
    ['no prop-filter is satisfied by every card', anyof(), true],
    ['a property is there', anyof(prop('EMAIL')), true],
    ['a property is there in any group', anyof(prop('X-ABLABEL')), true],
    ['a property is there in lower case', anyof(prop('tel')), true],
    ['a property is there in that group', anyof(prop('ITEM1.TEL')), true],
    ['a property is not there in another group', anyof(prop('item2.TEL')), false],
    ['a property is not there', anyof(prop('URL')), false],
    ['a property is not defined', anyof(prop('URL', { isNotDefined: true })), true],
    ['a property is defined', anyof(prop('TEL', { isNotDefined: true })), false],
    ['a property is not defined in that group', anyof(prop('item2.TEL', { isNotDefined: true })), true],
    ['anyof takes one', anyof(prop('URL'), prop('FN')), true],
    ['allof takes all', allof(prop('URL'), prop('FN')), false],
    ['allof takes all that are there', allof(prop('TEL'), prop('FN')), true],
    ['a text is contained', anyof(prop('FN', { textMatches: [text('müller')] })), true],
    ['a text is contained in a structured value', anyof(prop('N', { textMatches: [text('zoë')] })), true],
    ['an accent is not asked for', anyof(prop('FN', { textMatches: [text('zoe')] })), true],
    ['an accent is asked for', anyof(prop('NICKNAME', { textMatches: [text('zoë')] })), false],
    ['a sharp s is two', anyof(prop('X-ABLABEL', { textMatches: [text('STRASSE')] })), true],
    [
      'a text is matched unescaped',
      anyof(prop('NOTE', { textMatches: [text('a, b\nc', { type: 'equals' })] })),
      true,
    ],
    ['a text is equal', anyof(prop('FN', { textMatches: [text('zoë müller', { type: 'equals' })] })), true],
    ['a text is not equal', anyof(prop('FN', { textMatches: [text('zoë', { type: 'equals' })] })), false],
    ['a text begins so', anyof(prop('FN', { textMatches: [text('zoë m', { type: 'starts-with' })] })), true],
    [
      'a text does not begin so',
      anyof(prop('FN', { textMatches: [text('müller', { type: 'starts-with' })] })),
      false,
    ],
    ['a text ends so', anyof(prop('FN', { textMatches: [text('müller', { type: 'ends-with' })] })), true],
    [
      'a text does not end so',
      anyof(prop('FN', { textMatches: [text('zoë', { type: 'ends-with' })] })),
      false,
    ],
    [
      'ASCII letters are folded',
      anyof(prop('EMAIL', { textMatches: [text('ZOE@', { collation: 'i;ascii-casemap' })] })),
      true,
    ],
    [
      'other letters are not',
      anyof(prop('FN', { textMatches: [text('MÜLLER', { collation: 'i;ascii-casemap' })] })),
      false,
    ],
    [
      'octets are compared',
      anyof(prop('FN', { textMatches: [text('Zoë', { collation: 'i;octet' })] })),
      true,
    ],
    ['octets differ', anyof(prop('FN', { textMatches: [text('zoë', { collation: 'i;octet' })] })), false],
    [
      'a negated text does not match',
      anyof(prop('FN', { textMatches: [text('zoë', { negate: true })] })),
      false,
    ],
    [
      'a negated text needs the property',
      anyof(prop('URL', { textMatches: [text('x', { negate: true })] })),
      false,
    ],
    ['any of two texts', anyof(prop('FN', { textMatches: [text('x'), text('zoë')] })), true],
    ['all of two texts', anyof(prop('FN', { test: 'allof', textMatches: [text('x'), text('zoë')] })), false],
    [
      'a text and a parameter of one TEL',
      anyof(
        prop('TEL', { test: 'allof', textMatches: [text('777')], params: [param('TYPE', text('home'))] }),
      ),
      true,
    ],
    [
      'a text and a parameter of two TELs',
      anyof(
        prop('TEL', { test: 'allof', textMatches: [text('777')], params: [param('TYPE', text('work'))] }),
      ),
      false,
    ],
    ['a parameter is there', anyof(prop('EMAIL', { params: [param('type')] })), true],
    ['a parameter is not there', anyof(prop('EMAIL', { params: [param('LANGUAGE')] })), false],
    [
      'a parameter is not defined',
      anyof(prop('FN', { params: [{ name: 'TYPE', isNotDefined: true }] })),
      true,
    ],
    [
      'a parameter is defined',
      anyof(prop('EMAIL', { params: [{ name: 'TYPE', isNotDefined: true }] })),
      false,
    ],
    [
      'a type in a quoted list',
      anyof(prop('TEL', { params: [param('TYPE', text('cell', { type: 'equals' }))] })),
      true,
    ],
    [
      'none of the types',
      anyof(prop('EMAIL', { params: [param('TYPE', text('home', { negate: true }))] })),
      false,
    ],
  ];
  for (const [what, filter, matches] of filters) {
    test(what, () => assert.equal(matchAddress(CARD, filter), matches));
  }

  test('bytes that are no card match a filter that asks for nothing, and no other', () => {
    for (const bytes of ['', 'rubbish', 'BEGIN:VCARD\r\n']) {
      assert.equal(matchAddress(Buffer.from(bytes), anyof()), true);
      assert.equal(matchAddress(Buffer.from(bytes), anyof(prop('FN', { isNotDefined: true }))), false);
    }
  });

  test('octets that are not UTF-8 hide no card', () => {
    const bytes = Buffer.from(cardOf('3.0', 'FN:Ren\u00e9', 'NOTE:x'), 'latin1');
    assert.equal(matchAddress(bytes, anyof(prop('FN', { textMatches: [text('ren')] }))), true);
  });

  test('one search finds the right ones among 10,000 cards', () => {
    const names = ['FN', 'N', 'NICKNAME', 'EMAIL', 'TEL', 'ORG'];
    const matches = addressMatcher(
      anyof(...names.map((name) => prop(name, { textMatches: [text('élodie 7')] }))),
    );
    const found: number[] = [];
    for (let at = 0; at < 10_000; at += 1) {
      const name = `E\u0301LODIE ${at}`;
      const card = cardOf('4.0', `FN:${name}`, `EMAIL:e${at}@example.com`, 'ORG:Example', 'TEL:555');
      if (matches(Buffer.from(card))) found.push(at);
    }
    assert.equal(found.length, 1 + 10 + 100 + 1000);
    assert.ok(found.every((at) => String(at).startsWith('7')));
  });
});
