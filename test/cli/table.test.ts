import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, table } from '../../src/cli/table.ts';
import { paragraph } from '../../src/cli/wrap.ts';

const ROWS = [
  ['NAME', 'E-MAIL', 'ITEMS', 'NOTE'],
  ['alice', 'alice@example.com, al@example.org', 1200, ''],
  ['真理子', '', 7, 'likes tea'],
];

const CASES: readonly (readonly [what: string, room: number, shown: string])[] = [
  [
    'columns are as wide as their widest cell, numbers to the right, full-width letters count twice',
    80,
    `
NAME    E-MAIL                             ITEMS  NOTE
alice   alice@example.com, al@example.org   1200
真理子                                         7  likes tea`,
  ],
  [
    'where there is no room the widest column is wrapped at blanks',
    50,
    `
NAME    E-MAIL              ITEMS  NOTE
alice   alice@example.com,   1200
        al@example.org
真理子                          7  likes tea`,
  ],
  [
    'and where that is not enough words are broken',
    38,
    `
NAME    E-MAIL            ITEMS  NOTE
alice   alice@example.co   1200
        m,
        al@example.org
真理子                        7  likes
                                 tea`,
  ],
  [
    'but no column is narrower than 12',
    10,
    `
NAME    E-MAIL        ITEMS  NOTE
alice   alice@exampl   1200
        e.com,
        al@example.o
        rg
真理子                    7  likes
                             tea`,
  ],
];
for (const [what, room, shown] of CASES) {
  test(`a table of ${room} columns: ${what}`, () => assert.equal(`\n${table(ROWS, room)}`, shown));
}

test('a list leaves out what has no value, wraps at blanks, and never breaks a word to be copied', () => {
  const pairs = [
    ['Name', 'alice'],
    ['Colour', ''],
    ['Address', 'location https://dav.example.com/dav/principals/alice/ for all'],
  ] as const;
  assert.equal(
    list(pairs, 30),
    `Name     alice
Address  location
         https://dav.example.com/dav/principals/alice/
         for all`,
  );
});

test('what would move the cursor of the terminal is not printed', () => {
  assert.doesNotMatch(
    table([['A'], ['x\x1b[2Jy\r\n']], 80) + list([['A', '\x07\u202e']], 80),
    /[\x07\x1b\r\u202e]/,
  );
});

test('a paragraph is indented and wrapped', () => {
  assert.equal(paragraph('one two three', '  ', 9), '  one two\n  three');
});
