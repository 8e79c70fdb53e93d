import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressProblem, canonicalName, nameProblem, spellings } from '../../src/accounts/names.ts';

for (const name of [
  'alice',
  'Jacques',
  'jacques@example.com',
  'élise',
  'ольга',
  '田中',
  'a.b-c_d+e',
  '7up',
  'e\u0301lise',
]) {
  test(`nameProblem: ${name} is a name`, () => assert.equal(nameProblem(name), undefined));
}

const refused: [name: string, problem: RegExp][] = [
  ['', /empty/],
  ['a b', /has a blank/],
  ['50%', /has "%"/],
  ['a:b', /has ":"/],
  ['a/b', /has "\/"/],
  ['a\nb', /invisible/],
  ['a\u200bb', /invisible/],
  ['.hidden', /begin with a letter/],
  ['-x', /begin with a letter/],
  ['..', /begin with a letter/],
  ['dot.', /end with a dot/],
  ['x'.repeat(101), /longer than 100/],
  ['ß'.repeat(51), /longer than 100/],
];
for (const [name, problem] of refused) {
  test(`nameProblem: ${JSON.stringify(name.slice(0, 12))} is refused`, () =>
    assert.match(nameProblem(name) ?? '', problem));
}

test('canonicalName: case and composition do not matter', () => {
  assert.equal(canonicalName('Jacques@Example.com'), 'jacques@example.com');
  assert.equal(canonicalName('E\u0301LISE'), canonicalName('élise'));
});

test('addressProblem: mailboxes are addresses, anything else is not', () => {
  for (const good of ['a@example.com', "o'neil+x@sub.example", 'élise@exämple.org'])
    assert.equal(addressProblem(good), undefined);
  for (const bad of ['alice', 'a@b@c', 'a b@c', '<a@b>', '@b', 'a@', `${'x'.repeat(250)}@b.cd`])
    assert.ok(addressProblem(bad), bad);
});

test('spellings: percent-decoding is tried once, and blanks at the end never count', () => {
  assert.deepEqual(spellings('alice  '), ['alice']);
  assert.deepEqual(spellings('alice%40example.com'), ['alice%40example.com', 'alice@example.com']);
  assert.deepEqual(spellings('a%2540b'), ['a%2540b', 'a%40b']);
  assert.deepEqual(spellings('100%'), ['100%']);
});
