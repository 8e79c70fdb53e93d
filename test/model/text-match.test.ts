import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  COLLATIONS,
  type Collation,
  isCollation,
  type MatchType,
  textTest,
} from '../../src/model/text-match.ts';

describe('textTest', () => {
  const cases: [collation: Collation, type: MatchType, asked: string, text: string, expected: boolean][] = [
    ['i;octet', 'contains', 'unch', 'Lunch', true],
    ['i;octet', 'contains', 'lunch', 'Lunch', false],
    ['i;ascii-casemap', 'contains', 'LUNCH', 'brunch, lunch', true],
    ['i;ascii-casemap', 'contains', 'É', 'é', false],
    ['i;ascii-casemap', 'contains', 'ß', 'SS', false],
    ['i;unicode-casemap', 'contains', 'É', 'café', true],
    ['i;unicode-casemap', 'contains', 'ΣΑΣ', 'σας', true],
    ['i;unicode-casemap', 'equals', 'Straße', 'STRASSE', true],
    // Composed and decomposed, full width, ligature, digraph.
    ['i;unicode-casemap', 'equals', 'e\u0301', '\u00e9', true],
    ['i;unicode-casemap', 'equals', 'ＡＢ', 'ab', true],
    ['i;unicode-casemap', 'equals', 'ﬁn', 'FIN', true],
    ['i;unicode-casemap', 'equals', 'ǆ', 'ǅ', true],
    ['i;ascii-casemap', 'equals', 'lunch', 'Lunch', true],
    ['i;ascii-casemap', 'equals', 'lunch', 'Lunch!', false],
    ['i;ascii-casemap', 'starts-with', 'lu', 'Lunch', true],
    ['i;ascii-casemap', 'starts-with', 'un', 'Lunch', false],
    ['i;ascii-casemap', 'ends-with', 'CH', 'Lunch', true],
    ['i;ascii-casemap', 'ends-with', 'Lu', 'Lunch', false],
    ['i;ascii-casemap', 'contains', '', '', true],
  ];
  for (const [collation, type, text, value, expected] of cases) {
    test(`${collation}: "${value}" ${expected ? '' : 'not '}${type} "${text}"`, () => {
      assert.equal(textTest({ text, collation, type, negate: false })(value), expected);
      assert.equal(textTest({ text, collation, type, negate: true })(value), !expected);
    });
  }

  test('knows its collations by name', () => {
    assert.deepEqual(COLLATIONS, ['i;octet', 'i;ascii-casemap', 'i;unicode-casemap']);
    assert.ok(isCollation('i;octet'));
    assert.ok(!isCollation('i;basic') && !isCollation('__proto__') && !isCollation('toString'));
  });
});
