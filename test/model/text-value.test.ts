import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { escapeText, splitValue, unescapeText } from '../../src/model/text-value.ts';
import { check } from './random.ts';

describe('text values', () => {
  test('are escaped (RFC 5545 §3.3.11)', () => {
    assert.equal(escapeText('a,b;c\\d\ne\r\nf\rg:"'), 'a\\,b\\;c\\\\d\\ne\\nf\\ng:"');
  });

  test('are unescaped, \\N and \\: of old programs too', () => {
    assert.equal(unescapeText('a\\,b\\;c\\\\n\\nd\\Ne\\:'), 'a,b;c\\n\nd\ne:');
  });

  test('keep a backslash that escapes nothing', () => {
    assert.equal(unescapeText('C:\\temp\\'), 'C:\\temp\\');
  });

  test('are cut at separators without a backslash before them', () => {
    assert.deepEqual(splitValue('a;b\\;c;;d\\\\;e', ';'), ['a', 'b\\;c', '', 'd\\\\', 'e']);
    assert.deepEqual(splitValue('a;b,c', ','), ['a;b', 'c']);
    assert.deepEqual(splitValue('', ';'), ['']);
    assert.deepEqual(splitValue('a\\', ';'), ['a\\']);
  });

  test('that are written are read back, alone and as components', (t) => {
    const text = fc
      .array(fc.constantFrom('\\', ';', ',', '\n', 'n', ':', 'é'))
      .map((parts) => parts.join(''));
    check(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        assert.deepEqual(splitValue(texts.map(escapeText).join(';'), ';').map(unescapeText), texts);
      }),
      { short: 300, long: 20_000 },
      (message) => t.diagnostic(message),
    );
  });
});
