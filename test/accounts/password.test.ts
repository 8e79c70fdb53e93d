import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoginBusy } from '../../src/accounts/busy.ts';
import { generatePassword, openPasswords, passwordProblem } from '../../src/accounts/password.ts';

test('hash: a PHC string with its parameters, another one each time, which matches only its password', async () => {
  const passwords = openPasswords();
  const first = await passwords.hash('secret-alice-1');
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(await passwords.hash('secret-alice-1'), first);
  assert.equal(await passwords.matches('secret-alice-1', first), true);
  assert.equal(await passwords.matches('secret-alice-2', first), false);
});

test('matches: composed and decomposed letters are the same password', async () => {
  const passwords = openPasswords();
  assert.equal(await passwords.matches('cafe\u0301', await passwords.hash('caf\u00e9')), true);
});

// From the test suite of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
const REFERENCE = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';

const strings: [phc: string | null | undefined, matches: boolean, fact: string][] = [
  [REFERENCE, true, 'the test vector of the reference implementation'],
  [REFERENCE.replace('m=256,t=2,p=1', 'p=1,m=256,t=2'), true, 'parameters in another order'],
  [REFERENCE.replace('t=2', 't=3'), false, 'other parameters'],
  [REFERENCE.replace('argon2id', 'argon2i'), false, 'another variant'],
  [REFERENCE.replace('v=19', 'v=16'), false, 'another version'],
  [REFERENCE.replace('m=256', 'm=99999999999'), false, 'absurd memory'],
  [REFERENCE.replace('m=256,', ''), false, 'a missing parameter'],
  ['$2y$10$abcdefghijklmnopqrstuv', false, 'another scheme'],
  ['', false, 'nothing'],
  [null, false, 'a user without password'],
  [undefined, false, 'no user'],
];
for (const [phc, matches, fact] of strings) {
  test(`matches: ${fact} is ${matches}`, async () => {
    assert.equal(await openPasswords().matches('password', phc), matches);
  });
}

test('matches: what waits beyond the queue is told to come again', async () => {
  const passwords = openPasswords({ atOnce: 1, waiting: 1 });
  const both = [passwords.matches('a', REFERENCE), passwords.matches('password', REFERENCE)];
  await assert.rejects(passwords.matches('c', REFERENCE), LoginBusy);
  assert.deepEqual(await Promise.all(both), [false, true]);
  assert.equal(await passwords.matches('password', REFERENCE), true);
});

test('generatePassword: four groups without a colon, and different each time', () => {
  const made = new Set(Array.from({ length: 1000 }, generatePassword));
  assert.equal(made.size, 1000);
  for (const password of made) assert.match(password, /^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/);
});

test('passwordProblem: empty, endless and unprintable ones are refused', () => {
  assert.equal(passwordProblem('a:b c é'), undefined);
  for (const bad of ['', 'x'.repeat(1025), 'a\nb']) assert.ok(passwordProblem(bad));
});
