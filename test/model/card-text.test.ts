import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cardText, textsIn } from '../../src/model/card-text.ts';
import { COLLATIONS, type MatchType } from '../../src/model/text-match.ts';
import { type AddressFilter, matchAddress } from '../../src/model/vcard-filter.ts';
import { check } from './random.ts';

/** Letters that fold in odd ways: sharp s, dotless i, sigma, digraphs, marks above and below, ligatures. */
const letters = fc.constantFrom(...'abß sSiıIİΣσςéÅÅﬁǅñ\u0301\u0323,;-');
const words = fc.string({ unit: letters, maxLength: 6 });
const names = fc.constantFrom('FN', 'N', 'NICKNAME', 'ORG', 'NOTE', 'PHOTO', 'X-OWN');
const matchTypes = fc.constantFrom<MatchType>('contains', 'equals', 'starts-with', 'ends-with');
const tests = fc.constantFrom<'anyof' | 'allof'>('anyof', 'allof');

const cards = fc
  .array(fc.record({ name: names, value: words }), { maxLength: 6 })
  .map((lines) =>
    Buffer.from(
      [
        'BEGIN:VCARD',
        'VERSION:4.0',
        ...lines.map(({ name, value }) => `${name}:${value.replace(/[,;]/g, '\\$&')}`),
        'END:VCARD',
        '',
      ].join('\r\n'),
    ),
  );

const textMatches = fc.record({
  text: words,
  collation: fc.constantFrom(...COLLATIONS),
  type: matchTypes,
  negate: fc.boolean(),
});
const filters: fc.Arbitrary<AddressFilter> = fc.record({
  test: tests,
  props: fc.array(
    fc.record({
      name: names,
      test: tests,
      isNotDefined: fc.boolean(),
      textMatches: fc.array(textMatches, { maxLength: 2 }),
      params: fc.array(fc.record({ name: fc.constant('TYPE'), isNotDefined: fc.boolean() }), {
        maxLength: 1,
      }),
    }),
    { maxLength: 3 },
  ),
});

describe('texts of cards', () => {
  test('every card that matches a filter has one of the texts of the filter', (t) => {
    check(
      fc.property(cards, filters, (bytes, filter) => {
        const texts = textsIn(filter);
        if (!texts || !matchAddress(bytes, filter)) return;
        const { text, cut } = cardText(bytes);
        assert.ok(cut || texts.some((one) => text.includes(one)));
      }),
      { short: 5000, long: 500_000 },
      (message) => t.diagnostic(message),
    );
  });

  test('what asks for the absence of something, or for a picture, has none', () => {
    const match = { text: 'x', collation: 'i;octet', type: 'contains', negate: false } as const;
    const prop = {
      name: 'FN',
      test: 'anyof',
      isNotDefined: false,
      textMatches: [match],
      params: [],
    } as const;
    const asks = (...props: AddressFilter['props']) => textsIn({ test: 'anyof', props });
    assert.deepEqual(asks(prop), ['X']);
    assert.deepEqual(asks(prop, { ...prop, name: 'item1.TEL' }), ['X']);
    assert.equal(asks(prop, { ...prop, name: 'PHOTO' }), undefined);
    assert.equal(asks({ ...prop, textMatches: [{ ...match, negate: true }] }), undefined);
    assert.equal(asks({ ...prop, isNotDefined: true }), undefined);
    assert.equal(asks(), undefined);
    const one = textsIn({ test: 'allof', props: [prop, { ...prop, name: 'PHOTO' }] });
    assert.deepEqual(one, ['X']);
  });
});
