/** Commands while no server runs: what they do, say, and answer when they can't. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DAVD, davd, ENVIRONMENT, type Ended, madeFolder, newPath, type StartOptions } from './davd.ts';

function refused({ code, out, err }: Ended, expected: 1 | 2, sentence: RegExp): void {
  assert.match(err, sentence);
  assert.equal(code, expected, err);
  assert.equal(out, '');
  const lines = err
    .trimEnd()
    .split('\n')
    .filter((line) => !/^davd: the password has only/.test(line));
  assert.equal(lines.length, 1, `one sentence: ${err}`);
  assert.match(err, /^davd: /m);
  assert.doesNotMatch(err, /\n\s+at /, 'no stack trace');
}

test('--version prints the version', async () => {
  const { code, out } = await davd(['--version']);
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+\n$/);
});

const wrongUsage: [args: string[], sentence: RegExp][] = [
  [['serv'], /unknown command "serv"; did you mean "serve"\?/],
  [['calendar', 'create', 'alice/work'], /unknown command "create"; did you mean "add"\?/],
  [['device', 'rm', 'alice/phone'], /unknown command "rm"; did you mean "revoke"\?/],
  [['config', 'create'], /unknown command "create"; see davd config --help/],
  [['serve', '--lissten', 'x'], /unknown option "--lissten"; did you mean "--listen"\?/],
  [['serve', '--listen', '8008'], /HOST:PORT or the path of a unix socket/],
  [['serve', '--trust-proxy', 'proxy'], /IP addresses or ranges/],
  [['init', '--url', 'dav.example.com'], /an http or https URL/],
  [['user', 'add'], /missing required argument "name"; see davd user add --help/],
  [['user', 'add', 'a', 'b'], /too many arguments/],
  [['user', 'add', 'alice', '--generate', '--password-stdin'], /exclude each other/],
  [['user', 'add', 'alice'], /no terminal to ask for the password: use --password-stdin or --generate/],
  [['calendar', 'protect', 'alice'], /write USER\/NAME, such as alice\/default/],
  [['user', 'set', 'alice'], /nothing to change: say --display-name/],
  [['trace', '-o', 'x'], /say --user or --device/],
  [['calendar', 'protect', 'alice/default', '--on', '--off'], /exclude each other/],
];
for (const [args, sentence] of wrongUsage) {
  test(`davd ${args.join(' ')}: wrong usage, exit code 2`, async () => {
    const { code, out, err } = await davd(args, { env: { DAVD_DATA: '/nonexistent' } });
    assert.match(err, sentence);
    assert.deepEqual([code, out], [2, '']);
    assert.doesNotMatch(err, /\n\s+at /);
  });
}

test('davd without a command shows the help, exit code 2', async () => {
  const { code, err } = await davd([]);
  assert.equal(code, 2);
  assert.match(err, /Usage: davd/);
});

const folders: [
  what: string,
  args: string[],
  make: (t: TestContext) => [data: string, options?: StartOptions],
  sentence: RegExp,
][] = [
  [
    'a missing folder',
    ['serve'],
    (t) => [newPath(t)],
    /there is no data folder at ".*": make one with davd init --data /,
  ],
  ['a missing folder', ['user', 'list'], (t) => [newPath(t)], /make one with davd init --data /],
  [
    'a foreign folder',
    ['serve'],
    (t) => [foreign(t)],
    /is not a data folder of davd: name another with --data/,
  ],
  [
    'a foreign folder',
    ['init', '--yes'],
    (t) => [foreign(t)],
    /something is there; choose another with --data/,
  ],
  ['a foreign folder', ['quickstart'], (t) => [foreign(t)], /is not a data folder of davd/],
  ['a file', ['init', '--yes'], (t) => [join(foreign(t), 'precious')], /something is there/],
  [
    'a folder below a file',
    ['init', '--yes'],
    (t) => [join(foreign(t), 'precious', 'data')],
    /something is there|a file is in the way/,
  ],
  [
    'settings of a newer davd',
    ['serve'],
    (t) => [withSettings(t, '{"format":99}')],
    /written by a newer davd; use that one/,
  ],
  ['broken settings', ['serve'], (t) => [withSettings(t, '{')], /can't read the settings/],
];
for (const [what, args, make, sentence] of folders) {
  test(`davd ${args.join(' ')}: ${what} is refused in one sentence`, async (t) => {
    const [data, options] = make(t);
    refused(await davd([...args, '--data', data], options), 1, sentence);
  });
}

function foreign(t: TestContext): string {
  const data = newPath(t);
  mkdirSync(data);
  writeFileSync(join(data, 'precious'), 'text');
  return data;
}

function withSettings(t: TestContext, text: string): string {
  const data = newPath(t);
  mkdirSync(data);
  writeFileSync(join(data, 'davd.json'), text);
  return data;
}

const NOBODY = 65_534;
test('a folder of somebody else is refused in one sentence', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const data = await madeFolder(t);
  const as = { uid: NOBODY, env: { HOME: '/nonexistent' } };
  refused(await davd(['serve', '--data', data], as), 1, /"[^"]*data"[^\n]*no permission/);
  refused(await davd(['user', 'list', '--data', data], as), 1, /no permission/);
  refused(await davd(['init', '--yes', '--data', join(data, 'x')], as), 1, /no permission/);
});

test('a command of root acts as the owner of the folder', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const parent = newPath(t);
  mkdirSync(parent, { mode: 0o777 });
  const data = join(parent, 'own');
  const { chownSync } = await import('node:fs');
  chownSync(parent, NOBODY, NOBODY);
  assert.equal((await davd(['init', '--yes', '--data', data], { uid: NOBODY })).code, 0);
  assert.equal((await davd(['user', 'add', 'alice', '--generate', '--data', data])).code, 0);
  const { readdirSync } = await import('node:fs');
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    assert.equal(statSync(join(data, name)).uid, NOBODY, name);
  }
});

test('init: takes the defaults without a terminal, keeps what it was told, and never overwrites', async (t) => {
  const data = newPath(t);
  const made = await davd([
    'init',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--url',
    'https://dav.example.com/x/',
    '--no-carddav',
  ]);
  assert.deepEqual([made.code, made.err], [0, '']);
  assert.match(made.out, /Next: \S*davd user add NAME --data /);
  const settings = readFileSync(join(data, 'davd.json'), 'utf8');
  assert.deepEqual(JSON.parse(settings), {
    format: 1,
    listen: '127.0.0.1:0',
    url: 'https://dav.example.com/x',
    caldav: true,
    carddav: false,
  });
  assert.equal(statSync(data).mode & 0o777, 0o700);
  refused(
    await davd(['init', '--yes', '--data', data]),
    1,
    /is a data folder already: start it with davd serve/,
  );
  assert.equal(readFileSync(join(data, 'davd.json'), 'utf8'), settings);
});

test('DAVD_DATA names the folder where --data does not; an empty folder is taken', async (t) => {
  const data = newPath(t);
  mkdirSync(data);
  const env = { DAVD_DATA: data };
  const made = await davd(['init', '--yes'], { env });
  assert.deepEqual([made.code, made.err], [0, '']);
  assert.match(made.out, /then \S*davd serve$/m);
  assert.match((await davd(['user', 'list'], { env })).out, /No users yet: \S*davd user add NAME$/m);
});

test('XDG_DATA_HOME holds the folder of a person', {
  skip: process.getuid?.() === 0 && 'root has /var/lib/davd',
}, async (t) => {
  const home = newPath(t);
  const made = await davd(['init', '--yes'], { env: { XDG_DATA_HOME: home } });
  assert.ok(made.out.includes(`"${join(home, 'davd')}"`));
});

test('user add, list, passwd, remove', async (t) => {
  const data = await madeFolder(t);
  const at = ['--data', data];
  const added = await davd(
    [
      'user',
      'add',
      'Alice',
      '--display-name',
      'Alice Liddell',
      '--email',
      'alice@example.com',
      '--email',
      'al@example.org',
      '--locale',
      'fr',
      '--password-stdin',
      ...at,
    ],
    { input: 'secret-alice-1\nignored\n' },
  );
  assert.deepEqual([added.code, added.err], [0, '']);
  assert.doesNotMatch(added.out, /secret|Password/);
  for (const device of ['iPhone', 'Thunderbird', 'DAVx5']) assert.match(added.out, new RegExp(device));
  assert.match(added.out, /http:\/\/127\.0\.0\.1:8008\/dav\/principals\/alice\//);
  assert.match(added.out, /only this machine reaches that address/);

  const bob = await davd(['user', 'add', 'bob', '--generate', '--json', ...at]);
  const { name, password, account } = JSON.parse(bob.out);
  assert.equal(name, 'bob');
  assert.match(password, /^[a-z0-9-]{19}$/);
  assert.equal(account.calendars, 'http://127.0.0.1:8008/dav/calendars/bob/');

  refused(
    await davd(['user', 'add', 'ALICE', '--generate', ...at]),
    1,
    /can't add user "ALICE": there is one of that name/,
  );
  refused(
    await davd(['user', 'add', 'a:b', '--generate', ...at]),
    1,
    /user name "a:b" can't be used: it has ":"/,
  );
  refused(
    await davd(['user', 'add', 'x', '--email', 'x', '--generate', ...at]),
    1,
    /e-mail address "x" can't be used/,
  );
  refused(
    await davd(['user', 'add', 'x', '--locale', 'not a language', '--generate', ...at]),
    1,
    /locale "not a language"/,
  );
  refused(
    await davd(['user', 'add', 'x', '--password-stdin', ...at], { input: '\n' }),
    1,
    /the password can't be used: it is empty/,
  );

  const users = JSON.parse((await davd(['user', 'list', '--json', ...at])).out);
  assert.deepEqual(
    users.map(({ created, ...user }: { created: string }) => user),
    [
      {
        name: 'alice',
        displayName: 'Alice Liddell',
        addresses: ['alice@example.com', 'al@example.org'],
        locale: 'fr',
        timeZone: null,
        disabled: false,
        seen: null,
        devices: 0,
        calendars: 2,
        addressbooks: 1,
        items: 0,
        bytes: 0,
      },
      {
        name: 'bob',
        displayName: 'bob',
        addresses: [],
        locale: 'en',
        timeZone: null,
        disabled: false,
        seen: null,
        devices: 0,
        calendars: 2,
        addressbooks: 1,
        items: 0,
        bytes: 0,
      },
    ],
  );
  const table = (await davd(['user', 'list', ...at])).out;
  assert.match(
    table,
    /^NAME +DISPLAY NAME .*\nalice +Alice Liddell +alice@example.com, al@example.org +3 +0 /,
  );

  const changed = await davd(['user', 'passwd', 'alice', '--generate', ...at]);
  assert.match(
    changed.out,
    /^User alice has a new password\.\nPassword: [a-z0-9-]{19} {2}\(shown only now\)\n$/,
  );
  refused(
    await davd(['user', 'passwd', 'carol', '--generate', ...at]),
    2,
    /there is no user "carol": davd user list/,
  );

  refused(
    await davd(['user', 'remove', 'bob', ...at]),
    2,
    /no terminal to ask whether "bob" is to be removed: use --yes/,
  );
  assert.equal((await davd(['user', 'remove', 'BOB', '--yes', ...at])).out, 'User bob removed.\n');
  refused(await davd(['user', 'remove', 'bob', '--yes', ...at]), 2, /there is no user "bob"/);
});

test('calendar protect: on, off, and what is not there', async (t) => {
  const data = await madeFolder(t);
  const at = ['--data', data];
  await davd(['user', 'add', 'alice', '--generate', ...at]);
  assert.match(
    (await davd(['calendar', 'protect', 'alice/default', '--off', ...at])).out,
    /may delete alice\/default now/,
  );
  assert.match(
    (await davd(['calendar', 'protect', 'ALICE/default', ...at])).out,
    /can't delete alice\/default any more/,
  );
  refused(
    await davd(['calendar', 'protect', 'alice/work', ...at]),
    2,
    /user "alice" has no calendar "work": there is default, tasks/,
  );
  refused(await davd(['calendar', 'protect', 'bob/default', ...at]), 2, /there is no user "bob"/);
});

test('what can not be written to standard output is a failure; a reader that left is none', async (t) => {
  const data = await madeFolder(t);
  const through = (end: string): Ended => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `'${DAVD}' config list --data '${data}' ${end}`],
      {
        env: ENVIRONMENT,
        encoding: 'utf8',
      },
    );
    return { code: status, out: stdout, err: stderr };
  };
  refused(through('>/dev/full'), 1, /can't write what it has to say: ENOSPC/);
  assert.deepEqual(through('| true; exit "$PIPESTATUS"'), { code: 0, out: '', err: '' });
});

test('DAVD_DEBUG shows where an error comes from', async (t) => {
  const { err } = await davd(['serve', '--data', newPath(t)], { env: { DAVD_DEBUG: '1' } });
  assert.match(err, /\n\s+at /);
});

test('the launcher can be called through a link, from anywhere', async (t) => {
  const folder = newPath(t);
  mkdirSync(folder);
  const { symlinkSync } = await import('node:fs');
  const { execFileSync } = await import('node:child_process');
  symlinkSync(DAVD, join(folder, 'davd'));
  assert.match(execFileSync(join(folder, 'davd'), ['--version'], { cwd: '/', encoding: 'utf8' }), /^\d/);
});
