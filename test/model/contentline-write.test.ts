import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { foldLine, writeContentLine, writeParamValue } from '../../src/model/contentline-write.ts';

describe('foldLine', () => {
  test('a line of 75 octets is not folded', () => {
    assert.equal(foldLine('x'.repeat(75)), `${'x'.repeat(75)}\r\n`);
  });

  test('a line of 76 octets is, and the blank counts', () => {
    assert.equal(foldLine('x'.repeat(150)), `${'x'.repeat(75)}\r\n ${'x'.repeat(74)}\r\n x\r\n`);
  });

  test('a character is never cut in two, whatever its length', () => {
    for (const character of ['é', '€', '𝄞']) {
      const text = `x${character.repeat(100)}`;
      const folded = foldLine(text).slice(0, -2);
      for (const line of folded.split('\r\n')) {
        assert.ok(Buffer.byteLength(line) <= 75);
        assert.ok(!line.includes('\ufffd'));
      }
      assert.equal(folded.replaceAll('\r\n ', ''), text);
    }
  });
});

describe('writeContentLine', () => {
  test('writes group, name, parameters and raw value', () => {
    const params = [
      { name: 'TYPE', values: ['home', 'pref'] },
      { name: 'HOME', values: [] },
    ];
    assert.equal(
      writeContentLine('item1', 'TEL', params, 'a\\,b'),
      'item1.TEL;TYPE=home,pref;HOME:a\\,b\r\n',
    );
  });

  test('leaves out what would end the line', () => {
    assert.equal(writeContentLine(null, 'NOTE', [], 'a\r\nEND:VCARD'), 'NOTE:aEND:VCARD\r\n');
  });
});

describe('writeParamValue', () => {
  const values: [text: string, written: string][] = [
    ['plain', 'plain'],
    ['', ''],
    ['a b', 'a b'],
    ['a;b', '"a;b"'],
    ['a:b', '"a:b"'],
    ['a,b', '"a,b"'],
    ['a\\', '"a\\"'],
    ['a"b', "a^'b"],
    ['a\nb\r\nc\rd', 'a^nb^nc^nd'],
    ['^n', '^^n'],
    ['a\u0007b', 'ab'],
  ];
  for (const [text, written] of values) {
    test(`${JSON.stringify(text)} is ${written} (RFC 6868)`, () =>
      assert.equal(writeParamValue(text), written));
  }
});
