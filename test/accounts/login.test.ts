import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashAppPassword } from '../../src/accounts/app-password.ts';
import { LoginBusy } from '../../src/accounts/busy.ts';
import { type Logins, openLogins } from '../../src/accounts/login.ts';
import { canonicalName } from '../../src/accounts/names.ts';
import type { Passwords } from '../../src/accounts/password.ts';
import type { Credentials } from '../../src/http/basic.ts';
import type { User } from '../../src/store/types.ts';

const HOME = '192.0.2.1';

/** "Hashes" are the passwords with a mark; counts comparisons. */
function countingPasswords(): Passwords & { compared: number } {
  return {
    compared: 0,
    hash: async (password) => `#${password}`,
    async matches(password, phc) {
      this.compared += 1;
      await new Promise(setImmediate);
      return phc === `#${password}`;
    },
  };
}

function user(name: string, more: Partial<User> = {}): User {
  return {
    id: `id-${name}`,
    name: canonicalName(name),
    aliases: name === canonicalName(name) ? [] : [name],
    displayName: name,
    addresses: [],
    locale: 'en',
    password: `#${name}-secret`,
    devices: [],
    disabled: false,
    created: 0,
    properties: {},
    ...more,
  };
}

function setting(...given: (User | (() => boolean))[]) {
  const users = given.filter((each) => typeof each !== 'function');
  const devicesOnly = given.find((each) => typeof each === 'function') ?? (() => false);
  const byId = new Map(users.map((each) => [each.id, each]));
  const passwords = countingPasswords();
  const waits: number[] = [];
  const clock = {
    time: 1_000_000,
    now: () => clock.time,
    wait: async (ms: number) => {
      waits.push(ms);
    },
  };
  const store = {
    user: async (id: string) => byId.get(id),
    findUser: async (name: string) =>
      [...byId.values()].find(({ name: own, aliases }) =>
        [own, ...aliases].map(canonicalName).includes(canonicalName(name)),
      ),
    users: async () => [...byId.values()],
  };
  const logins = openLogins({ store, passwords, readCredentials, clock, devicesOnly });
  return { logins, byId, passwords, waits, clock };
}

function sent(user: string, password: string): string {
  return JSON.stringify({ user, password });
}

function readCredentials(text: string): Credentials | undefined {
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}

async function login(
  logins: Logins,
  name: string,
  password: string,
  remote = HOME,
): Promise<string | undefined> {
  return (await logins.verify(sent(name, password), remote))?.user.name;
}

const people = [
  user('alice', { addresses: ['alice@example.com', 'a.liddell@example.org'] }),
  user('Jacques@Example.com'),
  user('bob', { addresses: ['family@example.com'] }),
  user('carol', { addresses: ['family@example.com'] }),
  user('dave', { disabled: true }),
  user('erin', { password: null }),
  user('frank@x.org', { addresses: ['bob'] }),
];

const table: [name: string, password: string, who: string | undefined, fact: string][] = [
  ['alice', 'alice-secret', 'alice', 'name and password'],
  ['alice', 'wrong', undefined, 'a wrong password'],
  ['alice', '', undefined, 'no password'],
  ['ALICE', 'alice-secret', 'alice', 'capitals in the name'],
  ['alice ', 'alice-secret', 'alice', 'blanks after the name'],
  ['alice', 'alice-secret ', undefined, 'blanks after the password'],
  ['Alice@Example.com', 'alice-secret', 'alice', 'an e-mail address'],
  ['a.liddell%40example.org', 'alice-secret', 'alice', 'an e-mail address, percent-encoded'],
  ['jacques@example.com', 'Jacques@Example.com-secret', 'jacques@example.com', 'a name that is an address'],
  ['jacques%40example.com', 'Jacques@Example.com-secret', 'jacques@example.com', 'percent-encoded'],
  ['jacques%2540example.com', 'Jacques@Example.com-secret', undefined, 'percent-encoded twice'],
  ['family@example.com', 'bob-secret', undefined, 'an address of two users'],
  ['dave', 'dave-secret', undefined, 'a disabled user'],
  ['erin', '', undefined, 'a user without password'],
  ['nobody', 'x', undefined, 'an unknown user'],
  ['', '', undefined, 'nothing at all'],
];
for (const [name, password, who, fact] of table) {
  test(`verify: ${fact} is ${who ?? 'refused'}`, async () => {
    const { logins, passwords } = setting(...people);
    assert.equal(await login(logins, name, password), who);
    assert.equal(passwords.compared, 1, 'as much work for everybody');
  });
}

test('verify: right credentials are compared once, ten at the same time too', async () => {
  const { logins, passwords } = setting(...people);
  const first = await Promise.all(Array.from({ length: 10 }, () => login(logins, 'alice', 'alice-secret')));
  assert.deepEqual(new Set(first), new Set(['alice']));
  assert.equal(await login(logins, 'alice', 'alice-secret', '198.51.100.7'), 'alice');
  assert.equal(passwords.compared, 1);
});

test('verify: an old password is refused at once, the new one taken, without a restart', async () => {
  const { logins, byId } = setting(...people);
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  assert.equal(await login(logins, 'alice', 'changed'), undefined);
  byId.set('id-alice', user('alice', { password: '#changed' }));
  assert.equal(await login(logins, 'alice', 'alice-secret'), undefined);
  assert.equal(await login(logins, 'alice', 'changed'), 'alice');
});

test('verify: disabling and removing a user count at once', async () => {
  const { logins, byId } = setting(...people);
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  byId.set('id-alice', user('alice', { disabled: true }));
  assert.equal(await login(logins, 'alice', 'alice-secret'), undefined);
  byId.delete('id-alice');
  assert.equal(await login(logins, 'alice', 'alice-secret'), undefined);
});

test('verify: a user who did not exist can log in once added', async () => {
  const { logins, byId } = setting();
  assert.equal(await login(logins, 'alice', 'alice-secret'), undefined);
  byId.set('id-alice', user('alice'));
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
});

test('verify: a device that keeps its old password is refused without hashing and without being slowed down', async () => {
  const { logins, passwords, waits } = setting(...people);
  for (let i = 0; i < 100; i++) assert.equal(await login(logins, 'alice', 'old'), undefined);
  assert.equal(passwords.compared, 1);
  assert.deepEqual(waits, []);
});

test('verify: guessing waits longer and longer, but the right password still gets in', async () => {
  const { logins, waits } = setting(...people);
  for (let i = 0; i < 8; i++) await login(logins, 'alice', `guess ${i}`);
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  assert.deepEqual(
    waits.map((wait, index) => wait > (waits[index - 1] ?? 0)),
    waits.map(() => true),
  );
  assert.ok(waits.length >= 3, `${waits}`);
});

test('verify: who is logged in is not slowed down by others guessing from the same address', async () => {
  const { logins, waits } = setting(...people);
  await login(logins, 'alice', 'alice-secret');
  await Promise.allSettled(Array.from({ length: 20 }, (_, i) => login(logins, 'alice', `guess ${i}`)));
  waits.length = 0;
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  assert.deepEqual(waits, []);
});

test('verify: many guesses at the same time are turned away, not queued for minutes', async () => {
  const { logins, passwords } = setting(...people);
  const guesses = Array.from({ length: 100 }, (_, i) => login(logins, 'alice', `guess ${i}`));
  const results = await Promise.allSettled(guesses);
  const busy = results.filter(({ status }) => status === 'rejected');
  assert.ok(busy.length > 80, `${busy.length} turned away`);
  assert.ok(
    busy.every(
      (result) =>
        result.status === 'rejected' && result.reason instanceof LoginBusy && result.reason.retryAfter > 0,
    ),
  );
  assert.ok(passwords.compared < 20);
});

test('verify: guessing at many names from one address is slowed down too, IPv6 neighbours counting as one', async () => {
  const { logins, waits } = setting();
  for (let i = 0; i < 55; i++) await login(logins, `user${i}`, 'x', `2001:db8:0:1::${i}`);
  assert.ok(waits.length >= 3);
  waits.length = 0;
  await login(logins, 'user99', 'x', '2001:db8:0:2::1');
  assert.deepEqual(waits, []);
});

test('verify: guessing is forgotten after a quiet time', async () => {
  const { logins, waits, clock } = setting(...people);
  for (let i = 0; i < 8; i++) await login(logins, 'alice', `guess ${i}`);
  clock.time += 60 * 60_000;
  waits.length = 0;
  await login(logins, 'alice', 'one more');
  assert.deepEqual(waits, []);
});

test('verify: what could not be compared is not held against anybody', async () => {
  const { logins, passwords, waits } = setting(...people);
  const { matches } = passwords;
  passwords.matches = () => Promise.reject(new LoginBusy(5));
  for (let i = 0; i < 20; i++) await assert.rejects(login(logins, 'alice', 'alice-secret'), LoginBusy);
  passwords.matches = matches;
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  assert.deepEqual(waits, []);
});

const phone = { id: 'phone', name: 'Phone', hash: hashAppPassword('k7xw-9mpe-2hua-vqdc'), created: 0 };

test('verify: what can not be read is refused without work', async () => {
  const { logins, passwords } = setting(...people);
  assert.equal(await logins.verify('alice-secret', HOME), undefined);
  assert.equal(passwords.compared, 0);
});

test('verify: an app password is its device, without a slow comparison, as a phone may spell it', async () => {
  const { logins, passwords } = setting(user('alice', { devices: [phone] }));
  for (const spelling of ['k7xw-9mpe-2hua-vqdc', 'K7XW 9mpe2huavqdc']) {
    const who = await logins.verify(sent('alice', spelling), HOME);
    assert.deepEqual([who?.user.name, who?.device?.name], ['alice', 'Phone'], spelling);
  }
  assert.equal(passwords.compared, 0);
  assert.equal((await logins.verify(sent('alice', 'alice-secret'), HOME))?.device, undefined);
  assert.equal(await login(logins, 'alice', 'k7xw-9mpe-2hua-vqdd'), undefined);
});

test('verify: a revoked device is refused at once, a renamed one goes on', async () => {
  const { logins, byId } = setting(user('alice', { devices: [phone] }));
  const credentials = sent('alice', 'k7xw-9mpe-2hua-vqdc');
  assert.ok(await logins.verify(credentials, HOME));
  byId.set('id-alice', user('alice', { devices: [{ ...phone, name: 'Old phone' }] }));
  assert.equal((await logins.verify(credentials, HOME))?.device?.name, 'Old phone');
  byId.set('id-alice', user('alice'));
  assert.equal(await logins.verify(credentials, HOME), undefined);
});

test('verify: with devicesOnly the own password does not count, as soon as it is set', async () => {
  let devicesOnly = false;
  const { logins } = setting(user('alice', { devices: [phone] }), () => devicesOnly);
  assert.equal(await login(logins, 'alice', 'alice-secret'), 'alice');
  devicesOnly = true;
  assert.equal(await login(logins, 'alice', 'alice-secret'), undefined);
  assert.equal(await login(logins, 'alice', 'k7xw-9mpe-2hua-vqdc'), 'alice');
});
