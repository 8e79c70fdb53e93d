import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidData, type InvalidRule } from '../../src/model/invalid.ts';
import { addressFacts, checkAddressObject } from '../../src/model/vcard.ts';
import { cardOf } from './cards.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { check } from './random.ts';

const uid = (text: string) => checkAddressObject(Buffer.from(text)).facts.uid;

describe('checkAddressObject: takes', () => {
  const cards: [what: string, text: string, uid: string | null][] = [
    ['a card', cardOf('3.0', 'N:Doe;John;;;', 'FN:John Doe', 'UID:a'), 'a'],
    ['a card without N (Thunderbird, groups)', cardOf('4.0', 'FN:John Doe', 'UID:a'), 'a'],
    ['a card without FN', cardOf('3.0', 'N:Doe;John;;;', 'UID:a'), 'a'],
    ['a card without UID (CardDAV-Sync)', cardOf('3.0', 'FN:John'), null],
    ['a card with an empty UID', cardOf('3.0', 'FN:John', 'UID:'), null],
    ['a card with its UID twice', cardOf('3.0', 'FN:John', 'UID:a', 'UID:a'), 'a'],
    ['a UID with blanks and escapes', cardOf('3.0', 'UID: a\\,b '), 'a,b'],
    ['a grouped UID', cardOf('3.0', 'item1.UID:a'), 'a'],
    ['a folded UID', cardOf('4.0', 'UID:urn:uuid:03a0e51f-d1aa-\r\n 4385'), 'urn:uuid:03a0e51f-d1aa-4385'],
    ['VERSION in any place (RFC 2426)', 'BEGIN:VCARD\r\nUID:a\r\nVERSION:3.0\r\nEND:VCARD\r\n', 'a'],
    ['lower case', 'begin:vcard\nversion:3.0\nuid:a\nend:vcard', 'a'],
    ['LF, a byte order mark, blank lines', '\ufeffBEGIN:VCARD\nVERSION:4.0\nUID:a\n\nEND:VCARD\n\n', 'a'],
    [
      'odd types and groups',
      cardOf('3.0', 'UID:a', 'item1.TEL;type=CELL;HOME;TYPE="x,y":1', 'item1.X-ABLabel:_$!<Home>!$_'),
      'a',
    ],
    ['a card inside AGENT', cardOf('3.0', 'UID:a', 'AGENT:BEGIN:VCARD\\nUID:b\\nEND:VCARD'), 'a'],
    ['control characters', cardOf('3.0', 'UID:a', 'NOTE:x\u0008y'), 'a'],
  ];
  for (const [what, text, expected] of cards) test(what, () => assert.equal(uid(text), expected));

  test('and says that it has no times', () => {
    assert.deepEqual(checkAddressObject(Buffer.from(cardOf('3.0', 'UID:a'))).facts, {
      uid: 'a',
      component: 'VCARD',
      start: -Infinity,
      end: Infinity,
      recurring: false,
    });
  });
});

describe('checkAddressObject: refuses', () => {
  const card = cardOf('3.0', 'FN:John');
  const sources: [text: string, rule: InvalidRule, sentence: string][] = [
    ['', 'data', 'line 1 is empty where BEGIN:VCARD is expected'],
    ['hello', 'data', 'line 1 has no colon: "hello"'],
    ['FN:John\nEND:VCARD', 'data', 'line 1 has FN where BEGIN:VCARD is expected'],
    ['BEGIN:VCALENDAR\nEND:VCALENDAR', 'data', 'line 1 begins "VCALENDAR", which is not a VCARD'],
    ['BEGIN:VCARD\nVERSION:3.0\nFN:x\n', 'data', 'line 3 is the last one, but END:VCARD is missing'],
    ['BEGIN:VCARD\nVERSION:3.0\nEND:VEVENT', 'data', 'line 3 ends "VEVENT" where END:VCARD is expected'],
    ['BEGIN:VCARD\nBEGIN:VCARD\nEND:VCARD', 'data', 'line 2 begins "VCARD" before END:VCARD'],
    ['BEGIN:VCARD\nFN:x\nEND:VCARD', 'data', 'line 3 ends a card that has no VERSION'],
    [`${card}FN:y\n`, 'data', 'line 5 has FN after END:VCARD'],
    [`${card}\r\n${card}`, 'object', 'line 6 begins a second card, and an address object holds one'],
    [cardOf('3.0', 'UID:a', 'UID:b'), 'object', 'line 4 has a second UID'],
    [cardOf('3.0', 'VERSION:4.0'), 'data', 'line 3 says version 4.0 after 3.0'],
    [cardOf('5.0', 'FN:x'), 'version', 'line 2 says version "5.0", and only 3.0 and 4.0 can be stored'],
    [cardOf('2.1', 'TEL;HOME:1'), 'version', 'line 2 says version "2.1", and only 3.0 and 4.0 can be stored'],
    [
      cardOf('2.1', 'NOTE;ENCODING=QUOTED-PRINTABLE:a=', 'b'),
      'version',
      'line 2 says version "2.1", and only 3.0 and 4.0 can be stored',
    ],
    [cardOf('3.0', 'FN:x\0'), 'data', 'line 3 holds a NUL octet, so it is not text in UTF-8'],
  ];
  for (const [text, rule, sentence] of sources) {
    test(sentence, () => {
      assert.throws(
        () => checkAddressObject(Buffer.from(text)),
        (error) => error instanceof InvalidData && error.rule === rule && error.message === sentence,
      );
    });
  }
});

describe('addressFacts', () => {
  test('of bytes that are no card have no component and no UID', () => {
    for (const bytes of ['', 'rubbish', 'BEGIN:VCARD\nUID:a', '\0'.repeat(100)]) {
      assert.deepEqual(addressFacts(Buffer.from(bytes)), {
        uid: null,
        component: '',
        start: -Infinity,
        end: Infinity,
        recurring: false,
      });
    }
  });

  test('of a card that would not be taken today still have its UID', () => {
    const latin1 = Buffer.from(cardOf('2.1', 'UID:a', 'FN:caf\u00e9'), 'latin1');
    assert.equal(addressFacts(latin1).uid, 'a');
  });

  test('are those of the check for whatever passes it', (t) => {
    const line = fc.constantFrom(
      'UID:a',
      'UID:b',
      'VERSION:4.0',
      'FN:é',
      'item1.TEL;HOME:1',
      ' folded',
      'BEGIN:VCARD',
      'END:VCARD',
      '',
    );
    const text = fc.oneof(
      fc.array(line).map((lines) => cardOf('3.0', ...lines)),
      fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')),
    );
    check(
      fc.property(text, (source) => {
        const facts = addressFacts(Buffer.from(source));
        try {
          assert.deepEqual(checkAddressObject(Buffer.from(source)).facts, facts);
        } catch (error) {
          assert.ok(error instanceof InvalidData, String(error));
        }
      }),
      { short: 500, long: 50_000 },
      (message) => t.diagnostic(message),
    );
  });
});

test('every card of the corpus is taken or refused for a true reason', { skip: corpusAbsent }, (t) => {
  let taken = 0;
  for (const { name, path } of corpusFiles('.vcf')) {
    const bytes = readFileSync(path);
    const text = bytes.toString('latin1');
    try {
      checkAddressObject(bytes);
      assert.match(text, /^VERSION:\s*[34]\.0/im, name);
      assert.equal(text.match(/^BEGIN:VCARD/gim)?.length, 1, name);
      taken += 1;
    } catch (error) {
      assert.ok(error instanceof InvalidData, `${name}: ${error}`);
      const line = text.split('\n')[error.line - 1] ?? '';
      if (error.rule === 'version') assert.match(line, /2\.1/, name);
      else if (error.rule === 'object') assert.match(line, /^BEGIN:VCARD/i, name);
      else if (/VERSION/.test(error.message)) assert.doesNotMatch(text, /^VERSION:/im, name);
      else if (/END:VCARD is missing/.test(error.message)) assert.doesNotMatch(text, /^END:VCARD/im, name);
      else assert.match(error.message, /has no colon|does not begin with a property name/, name);
    }
  }
  t.diagnostic(`${taken} taken`);
});
